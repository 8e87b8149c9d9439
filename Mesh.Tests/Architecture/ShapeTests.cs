using System.Text.RegularExpressions;

namespace Mesh.Tests.Architecture;

/// <summary>A name means one type, and a shape that repeats has one home.</summary>
public partial class ShapeTests
{
    // The same part of several modules, which never see each other: all modules are laid out alike, and a reader of one knows the way in
    // the next. The list may get shorter, never longer.
    private static readonly string[] OnceInEachModule =
        ["AnswerJson", "GrpcGaps", "NamespaceUse", "PolicyAnswers", "PolicyEndpoints", "PolicyState", "RpcInput", "SnapshotJson"];

    [Fact]
    public void No_two_types_of_the_product_share_a_name()
    {
        var types = Product()
            .SelectMany(
                source => TypeLine().Matches(source.Text)
                    .Select(match => (Name: match.Groups["name"].Value, source.Project, Folder: Path.GetDirectoryName(source.File)!)))
            // Parts of one type stand in one folder.
            .Distinct().GroupBy(type => type.Name).Where(group => group.Count() > 1).ToList();
        var inModules = types.Where(IsOfModules).Select(group => group.Key).Order(StringComparer.Ordinal);
        var others = types.Where(group => !IsOfModules(group))
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(type => type.Folder))}");
        Assert.Equal(OnceInEachModule, inModules);
        Assert.Empty(others);
    }

    [Fact]
    public void Exponential_pauses_are_made_in_one_place() =>
        Assert.Equal(["libraries/Mesh.Contracts/Waiting/Backoff.cs"],
            Product().Where(source => Doubling().IsMatch(source.Text)).Select(source => source.File));

    [Fact]
    public void Waiters_are_woken_again_and_again_in_one_place() =>
        Assert.Equal(["libraries/Mesh.Contracts/Waiting/Signal.cs"],
            Product().Where(source => SwappedCompletion().IsMatch(source.Text)).Select(source => source.File));

    // What reads an object keeps it alive, and would go on to be read after its host has ended.
    [Fact]
    public void Instruments_that_read_an_object_end_with_its_host() =>
        Assert.Empty(Product().Where(source => StaticGauge().IsMatch(source.Text)).Select(source => source.File));

    private static bool IsOfModules(IGrouping<string, (string Name, string Project, string Folder)> group) =>
        group.All(type => type.Folder.StartsWith("modules/", StringComparison.Ordinal))
            && group.Select(type => type.Project).Distinct().Count() == group.Count();

    private static IEnumerable<(string Project, string File, string Text)> Product() =>
        from project in SolutionProject.All
        where project.Name != "Mesh.Tests"
        let folder = SolutionProject.Relative(project.Folder)
        where !folder.StartsWith("bench/", StringComparison.Ordinal) && !folder.StartsWith("samples/", StringComparison.Ordinal)
        from file in project.Sources()
        select (project.Name, SolutionProject.Relative(file), File.ReadAllText(file));

    // Of a namespace; a type inside another is named together with it.
    [GeneratedRegex(
        @"^(?:(?:public|internal|file|abstract|sealed|static|partial|readonly|ref) )*(?:class|record struct|record "
            + @"class|record|struct|interface|enum) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"Math\.Pow\(2,|1 << (?:failures|attempt|tries)")]
    private static partial Regex Doubling();

    [GeneratedRegex(@"\bMeter\.CreateObservable")]
    private static partial Regex StaticGauge();

    [GeneratedRegex(@"^    private TaskCompletionSource \w+", RegexOptions.Multiline)]
    private static partial Regex SwappedCompletion();
}
