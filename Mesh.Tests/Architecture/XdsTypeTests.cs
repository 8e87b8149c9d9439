using System.Text.RegularExpressions;
using Mesh.DataPlane.Configuration;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Architecture;

/// <summary>
/// What types of resources there are is in one table; a further one is a further row, and a reader where a data plane reads it.
/// </summary>
public partial class XdsTypeTests
{
    // Whoever names more rows than these lists them by hand. Two belong together in places, as a cluster and its endpoints do.
    private const int MostRowsInAFile = 2;
    private static readonly string[] Readers = ["libraries/Mesh.DataPlane/Configuration/ResourceReaders.cs"];

    [Fact]
    public void A_type_url_is_written_in_the_table_only()
    {
        var written = Sources().Where(source => TypeUrl().IsMatch(source.Text)).Select(source => source.File);
        // Files for Envoy are written on machines of workloads, by a library without Protobuf.
        Assert.Equal(["libraries/Mesh.Identity/EnvoySecrets.cs", "libraries/Mesh.Xds/Resources/XdsTypes.cs"], written.Order());
    }

    [Fact]
    public void Nothing_but_the_table_and_the_readers_lists_types()
    {
        var wrong = Sources().Where(source => !source.File.StartsWith("libraries/Mesh.Xds/", StringComparison.Ordinal))
            .Select(source => (source.File, Rows: Row().Matches(source.Text).Select(match => match.Value).Distinct().Count(IsRow)))
            .Where(source => source.Rows > MostRowsInAFile).Select(source => source.File);
        Assert.Equal(Readers, wrong);
    }

    [Fact]
    public void Every_type_has_a_reader_in_the_data_plane() =>
        Assert.Equal(XdsTypes.PushOrder, new ReceivedConfig(clustersByName: true).Readers.Select(reader => reader.Type));

    [Fact]
    public void The_orders_leave_no_place_out()
    {
        Assert.Equal(Enumerable.Range(0, XdsTypes.Count), XdsTypes.PushOrder.Select(type => type.Order));
        Assert.Equal(Enumerable.Range(0, XdsTypes.Count), XdsTypes.RemovalOrder.Select(type => type.RemovalOrder));
        Assert.DoesNotContain(XdsTypes.PushOrder, type => type.Warms is { } warmed && warmed.Order < type.Order);
    }

    private static bool IsRow(string name) => XdsTypes.PushOrder.Any(type => name == $"XdsTypes.{type.Name}");

    private static IEnumerable<(string File, string Text)> Sources() =>
        from project in SolutionProject.All
        where project.Name != "Mesh.Tests"
        from file in project.Sources()
        select (SolutionProject.Relative(file), Comment().Replace(File.ReadAllText(file), ""));

    [GeneratedRegex(@"type\.googleapis\.com|""envoy\.config\.\w+\.v3\.\w+""")]
    private static partial Regex TypeUrl();

    [GeneratedRegex(@"\bXdsTypes\.\w+")]
    private static partial Regex Row();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
