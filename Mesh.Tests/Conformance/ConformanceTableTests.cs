using System.Text;
using Mesh.Tests.Support;

namespace Mesh.Tests.Conformance;

/// <summary>
/// The table in <c>docs/data-planes.md</c> is the suite's: what it says is what <see cref="ConformanceTests"/> asserts. With
/// <c>MESH_GOLDEN_UPDATE=1</c> it is written instead of compared.
/// </summary>
public class ConformanceTableTests
{
    private const string Begin = "<!-- conformance: begin -->\n", End = "<!-- conformance: end -->\n";
    private static readonly string Document = Path.Combine(RepositoryRoot.Path, "docs", "data-planes.md");

    [Fact]
    public void The_document_shows_the_table_of_the_suite()
    {
        var text = File.ReadAllText(Document);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= Begin.Length && to >= from, $"{Document} lacks the lines '{Begin.Trim()}' and '{End.Trim()}'.");
        var made = Table();
        if (Environment.GetEnvironmentVariable("MESH_GOLDEN_UPDATE") == "1") File.WriteAllText(Document, text[..from] + made + text[to..]);
        else Assert.Equal(made, text[from..to]);
    }

    [Fact]
    public void Every_deviation_is_of_a_scenario_that_asserts_it()
    {
        foreach (var kind in DataPlaneKind.All)
        {
            foreach (var name in kind.Lacks.Keys) Assert.NotNull(Scenario.All.Single(s => s.Name == name).Instead);
        }
    }

    [Fact]
    public void No_scenario_is_there_for_nobody() =>
        Assert.All(Scenario.All, s => Assert.Contains(DataPlaneKind.All, kind => !kind.Lacks.ContainsKey(s.Name)));

    private static string Table()
    {
        var table = new StringBuilder();
        table.Append("| scenario | what holds |").AppendJoin("|", DataPlaneKind.All.Select(k => $" {k.Name} ")).Append("|\n");
        table.Append("|---|---|").Append(string.Concat(DataPlaneKind.All.Select(_ => "---|"))).Append('\n');
        foreach (var scenario in Scenario.All)
        {
            table.Append($"| `{scenario.Name}` | {scenario.Holds} |")
                .AppendJoin("|",
                    DataPlaneKind.All.Select(k => k.Lacks.TryGetValue(scenario.Name, out var instead) ? $" no: {instead} " : " yes "))
                    .Append("|\n");
        }

        return table.ToString();
    }
}
