using System.Text.RegularExpressions;

namespace Mesh.Tests.Architecture;

public partial class SourceTests
{
    private const int LongFile = 300, LongestFile = 400, MedianBelow = 80;

    [Fact]
    public void Namespaces_equal_folders()
    {
        var wrong = new List<string>();
        // Samples are written as their readers would write them: one namespace for all.
        foreach (var project in SolutionProject.All.Where(
            project => !SolutionProject.Relative(project.Folder).StartsWith("samples/", StringComparison.Ordinal)))
        {
            foreach (var file in project.Sources())
            {
                if (NamespaceLine().Match(File.ReadAllText(file)) is not { Success: true } match)
                    continue;
                var relative = SolutionProject.Relative(file);
                var folders = Path.GetRelativePath(project.Folder, Path.GetDirectoryName(file)!).Replace('\\', '/').Split('/')
                    .Where(folder => folder != ".");
                var expected = string.Join('.', folders.Prepend(project.Name));
                if (match.Groups["name"].Value != expected)
                    wrong.Add($"{relative}: {match.Groups["name"].Value} instead of {expected}");
                if (match.Groups["end"].Value != ";")
                    wrong.Add($"{relative}: the namespace is not file-scoped");
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Fact]
    public void Files_are_small()
    {
        var sizes = SolutionProject.All.SelectMany(project => project.Sources())
            .Select(file => (File: SolutionProject.Relative(file), Lines: File.ReadLines(file).Count()))
            .OrderByDescending(file => file.Lines).ToList();
        foreach (var (file, lines) in sizes.Where(file => file.Lines > LongFile))
            TestContext.Current.TestOutputHelper!.WriteLine($"{file} has {lines} lines: think twice");
        var median = sizes[sizes.Count / 2].Lines;

        Assert.True(median < MedianBelow, $"The median file has {median} lines, not below {MedianBelow}.");
        Assert.DoesNotContain(sizes, file => file.Lines > LongestFile);
    }

    [Fact]
    public void Whoever_opens_a_listener_says_what_it_is_for()
    {
        var wrong = SolutionProject.All.Where(
            project => project.Name != "Mesh.Tests"
                && !SolutionProject.Relative(project.Folder).StartsWith("bench/", StringComparison.Ordinal))
            .SelectMany(project => project.Sources())
            .Select(file => (File: SolutionProject.Relative(file), Text: File.ReadAllText(file)))
            .Where(source => OpensListener().IsMatch(source.Text) && !source.Text.Contains(".Guard(", StringComparison.Ordinal))
            .Select(source => source.File);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Log_event_ids_are_unique_over_the_whole_solution()
    {
        var ids = SolutionProject.All.SelectMany(project => project.Sources())
            .SelectMany(
                file => EventId().Matches(File.ReadAllText(file))
                    .Select(match => (Id: int.Parse(match.Groups["id"].Value), File: SolutionProject.Relative(file))))
            .ToList();
        Assert.NotEmpty(ids);
        Assert.Empty(ids.GroupBy(id => id.Id).Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(id => id.File))}"));
    }

    [Fact]
    public void Log_messages_are_source_generated_in_files_of_their_own()
    {
        var wrong = new List<string>();
        foreach (var file in SolutionProject.All.Where(project => project.Name != "Mesh.Tests").SelectMany(project => project.Sources()))
        {
            var text = File.ReadAllText(file);
            if (text.Contains("[LoggerMessage(", StringComparison.Ordinal) && !file.EndsWith(".Log.cs", StringComparison.Ordinal))
                wrong.Add($"{SolutionProject.Relative(file)}: a log message outside a *.Log.cs");
            if (DirectLogging().IsMatch(text))
                wrong.Add($"{SolutionProject.Relative(file)}: a direct call of the logger");
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Fact]
    public void Random_tests_have_their_seed_from_one_place() =>
        Assert.Equal(
            // Which port is free is the machine's chance, and no test's.
            ["Mesh.Tests/Support/FreePorts.cs", "Mesh.Tests/Support/TestSeed.cs"],
            SolutionProject.Named("Mesh.Tests").Sources().Where(file => Draw().IsMatch(File.ReadAllText(file)))
                .Select(SolutionProject.Relative));

    [Fact]
    public void Nothing_is_left_to_be_done_in_a_comment() =>
        Assert.Empty(SolutionProject.All.SelectMany(project => project.Sources())
            .Where(file => Leftover().IsMatch(File.ReadAllText(file))).Select(SolutionProject.Relative));

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)\s*(?<end>[;{]?)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"\[LoggerMessage\((EventId\s*=\s*)?(?<id>\d+)")]
    private static partial Regex EventId();

    [GeneratedRegex(@"\.Log(Trace|Debug|Information|Warning|Error|Critical)\(")]
    private static partial Regex DirectLogging();

    // Written so that it does not find itself.
    [GeneratedRegex(@"//.*\b(TO[D]O|FIX[M]E|HA[C]K)\b")]
    private static partial Regex Leftover();

    // A declaration whose type is known to "new" makes one too. Written so that it does not find itself.
    [GeneratedRegex(@"\bnew Rando[m]\(|\bRandom\.Share[d]\b|\bRandom \w+(?:\([^)]*\))? =>? ?new\(|""MESH_TEST_SEE[D]""")]
    private static partial Regex Draw();

    [GeneratedRegex(@"kestrel\.Listen\w*\(|UseUrls\(")]
    private static partial Regex OpensListener();
}
