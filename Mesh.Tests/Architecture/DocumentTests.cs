using System.Text.RegularExpressions;
using System.Xml.Linq;
using Mesh.Tests.Support;

namespace Mesh.Tests.Architecture;

/// <summary>Documents that speak of code are held to it.</summary>
public partial class DocumentTests
{
    private static readonly string Docs = Path.Combine(RepositoryRoot.Path, "docs");

    [Fact]
    public void Every_class_that_the_flow_names_exists_and_cites_its_step()
    {
        var sources = FlowSources.ToLookup(file => Path.GetFileNameWithoutExtension(file));
        var wrong = new List<string>();
        foreach (var (step, names) in FlowClasses())
        {
            foreach (var name in names)
            {
                var files = sources[name].ToList();
                if (files.Count == 0)
                    wrong.Add($"step {step}: there is no {name}.cs");
                else if (!files.Any(file => StepsCitedIn(File.ReadAllText(file)).Contains(step)))
                    wrong.Add($"step {step}: {name} does not cite it ('Flow step {step}' in its summary)");
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Fact]
    public void Every_class_that_cites_a_step_is_named_in_it()
    {
        var named = FlowClasses();
        var missing = FlowSources
            .SelectMany(file => StepsCitedIn(File.ReadAllText(file)).Select(step => (Step: step, File: file)))
            .Where(citation => !named[citation.Step].Contains(Path.GetFileNameWithoutExtension(citation.File)))
            .Select(
                citation => $"step {citation.Step}: docs/flow.md does not name {SolutionProject.Relative(citation.File)}, which cites it");
        Assert.Empty(missing);
    }

    [Fact]
    public void The_flow_has_nine_steps_in_order() =>
        Assert.Equal(
            ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
            FlowSection().Matches(File.ReadAllText(Path.Combine(Docs, "flow.md"))).Select(section => section.Groups["step"].Value));

    [Fact]
    public void Every_package_has_a_row_that_says_what_for_why_and_its_licence()
    {
        var rows = File.ReadLines(Path.Combine(Docs, "dependencies.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 6 && cells[1..5].All(cell => cell.Length > 0))
            .Select(cells => cells[1].Trim('`')).ToHashSet();
        var packages = XDocument.Load(Path.Combine(RepositoryRoot.Path, "Directory.Packages.props")).Descendants("PackageVersion")
            .Select(package => package.Attribute("Include")!.Value);
        Assert.DoesNotContain(packages, package => !rows.Contains(package));
    }

    [Fact]
    public void Every_package_is_used_and_every_row_is_of_a_package()
    {
        var versions = XDocument.Load(Path.Combine(RepositoryRoot.Path, "Directory.Packages.props")).Descendants("PackageVersion")
            .Select(package => package.Attribute("Include")!.Value).ToHashSet();
        var everywhere = XDocument.Load(Path.Combine(RepositoryRoot.Path, "Directory.Build.props")).Descendants("PackageReference")
            .Select(package => package.Attribute("Include")!.Value);
        var used = SolutionProject.All.SelectMany(project => project.Packages).Concat(everywhere).ToHashSet();
        Assert.DoesNotContain(versions, package => !used.Contains(package));
        var rows = File.ReadLines(Path.Combine(Docs, "dependencies.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]);
        var node = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "Interop", "package.json"));
        var machine = File.ReadAllText(Path.Combine(RepositoryRoot.Path, ".ci", "run"));
        Assert.DoesNotContain(rows, row => !row.StartsWith("Aspire", StringComparison.Ordinal) && !versions.Contains(row)
            && !node.Contains($"\"{row}\"", StringComparison.Ordinal) && !machine.Contains($"+=({row})", StringComparison.Ordinal));
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        var dead = new List<string>();
        foreach (var file in SolutionProject.Files("*.md"))
        {
            foreach (Match link in RelativeLink().Matches(File.ReadAllText(file)))
            {
                var target = Path.Combine(Path.GetDirectoryName(file)!, link.Groups["path"].Value);
                if (!File.Exists(target) && !Directory.Exists(target))
                    dead.Add($"{SolutionProject.Relative(file)} → {link.Groups["path"].Value}");
            }
        }

        Assert.True(dead.Count == 0, string.Join("\n", dead));
    }

    [Theory]
    [InlineData("flow.md")]
    [InlineData("glossary.md")]
    public void Every_folder_that_a_document_sends_readers_to_exists(string document)
    {
        var places = FolderName().Matches(File.ReadAllText(Path.Combine(Docs, document)))
            .Select(place => place.Groups["path"].Value).ToList();
        Assert.NotEmpty(places);
        Assert.All(places,
            place => Assert.True(Path.Exists(Path.Combine(RepositoryRoot.Path, place)),
                $"docs/{document} names {place}, which does not exist."));
    }

    private static IEnumerable<string> FlowSources =>
        SolutionProject.All.Where(project => project.Name != "Mesh.Tests").SelectMany(project => project.Sources());

    private static Dictionary<string, HashSet<string>> FlowClasses() =>
        FlowSection().Matches(File.ReadAllText(Path.Combine(Docs, "flow.md"))).ToDictionary(
            section => section.Groups["step"].Value,
            section => FlowClass().Matches(section.Groups["text"].Value).Select(entry => entry.Groups["name"].Value).ToHashSet());

    private static HashSet<string> StepsCitedIn(string source) =>
        [.. Citation().Matches(Wrap().Replace(source, " "))
            .SelectMany(citation => Number().Matches(citation.Value)).Select(number => number.Value)];

    [GeneratedRegex(@"^## (?<step>\d)\. .*\n(?<text>(?:(?!^## ).*\n?)*)", RegexOptions.Multiline)]
    private static partial Regex FlowSection();

    // "- `CommandWriter` …" or "- `CommandWriter`, `BatchDecider` …"
    [GeneratedRegex(@"(?<=^- (?:`\w+`, )*)`(?<name>[A-Z]\w+)`", RegexOptions.Multiline)]
    private static partial Regex FlowClass();

    // "`libraries/Mesh.Kernel/Log`" or "`Mesh.Proxy/Forwarding`"
    [GeneratedRegex(@"`(?<path>(?:libraries|modules|Mesh\.[A-Z]\w+)/[\w./]+)`")]
    private static partial Regex FolderName();

    // Where a comment goes on in the next line.
    [GeneratedRegex(@"\s*\n\s*///\s*")]
    private static partial Regex Wrap();

    [GeneratedRegex(@"Flow steps? [\d, ]+(?:and \d+)?(?:, from step \d)?")]
    private static partial Regex Citation();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)(?<path>[^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex RelativeLink();
}
