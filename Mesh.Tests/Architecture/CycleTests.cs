using System.Text.RegularExpressions;

namespace Mesh.Tests.Architecture;

/// <summary>The folders of a project know each other one way.</summary>
public partial class CycleTests
{
    // Those that stand in a circle still, each with the reason. The list may get shorter, never longer.
    private static readonly Dictionary<string, string[]> Known = new()
    {
        // The root command names each group, whose commands run as it says.
        ["Mesh.Cli"] = ["Completion", "Contexts", "Discovery", "Events", "Http", "Output", "Proxies", "Resilience", "Running",
            "Security", "Status", "Traces", "Traffic"],
        // Snapshots hold endpoints, endpoints their state, and what is read becomes both.
        ["Mesh.DataPlane"] = ["Ads", "Balancing", "Calls", "Configuration", "Loads", "Reading", "Resilience", "Routing"],
        // A state writes itself as its answers do.
        ["Mesh.Discovery"] = ["Read", "Register", "State"],
        // Each kind of policy is a folder, and the table of kinds names them all.
        ["Mesh.Resilience"] = ["Answers", "Bulkheads", "CircuitBreakers", "Incidents", "Outliers", "Policies", "RateLimits", "Read",
            "State", "Timeouts"],
        // Canaries set routes, and routes ask whether a canary holds them.
        ["Mesh.Traffic"] = ["Api", "Delivery", "Policies", "Read", "Routes", "Rpc", "Rules", "State", "Xds"],
    };

    [Fact]
    public void No_folders_of_a_project_are_in_a_cycle()
    {
        foreach (var project in SolutionProject.All.Where(project => project.Name is not ("Mesh.Tests" or "Mesh.Bench")))
        {
            var cycles = Cycles(Edges(project));
            Assert.True(
                cycles.SequenceEqual(Known.GetValueOrDefault(project.Name, [])),
                $"{project.Name}: these folders use each other in cycles: {string.Join(", ", cycles)}. Break the cycle, or if one is "
                    + $"gone, shorten the list in {nameof(CycleTests)}.");
        }
    }

    // By the usings of each file, from the first folder below the project to another.
    private static Dictionary<string, HashSet<string>> Edges(SolutionProject project)
    {
        var edges = new Dictionary<string, HashSet<string>>();
        foreach (var file in project.Sources())
        {
            var folder = FirstOf(Path.GetRelativePath(project.Folder, file).Replace('\\', '/').Split('/')[..^1]);
            var uses = UsingLine().Matches(File.ReadAllText(file)).Select(match => match.Groups["name"].Value)
                .Where(name => name.StartsWith($"{project.Name}.", StringComparison.Ordinal))
                .Select(name => FirstOf(name[(project.Name.Length + 1)..].Split('.')));
            if (!edges.TryGetValue(folder, out var known))
                edges[folder] = known = [];
            known.UnionWith(uses.Where(other => other != folder));
        }

        return edges;
    }

    private static string FirstOf(string[] parts) => parts is [var first, ..] ? first : ".";

    // A folder stands in a circle if one that it uses leads back to it.
    private static string[] Cycles(Dictionary<string, HashSet<string>> edges) =>
        [.. edges.Keys.Where(folder => Reached(edges, folder).Contains(folder)).Order(StringComparer.Ordinal)];

    private static HashSet<string> Reached(Dictionary<string, HashSet<string>> edges, string from)
    {
        var reached = new HashSet<string>();
        var open = new Queue<string>(edges[from]);
        while (open.TryDequeue(out var next))
        {
            if (!reached.Add(next) || !edges.TryGetValue(next, out var further))
                continue;
            foreach (var folder in further)
                open.Enqueue(folder);
        }

        return reached;
    }

    [GeneratedRegex(@"^using (static |\w+ = )?(?<name>Mesh\.[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();
}
