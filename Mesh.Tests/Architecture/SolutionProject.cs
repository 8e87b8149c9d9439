using System.Xml.Linq;
using Mesh.Tests.Support;

namespace Mesh.Tests.Architecture;

/// <summary>A project file of the solution, read as it stands.</summary>
internal sealed record SolutionProject(string Name, string Folder, IReadOnlyList<string> Projects, IReadOnlyList<string> Packages,
    IReadOnlyList<string> Frameworks)
{
    private static readonly string[] Skipped = ["bin", "obj", "node_modules", ".git", ".mesh", "TestResults"];

    public static IReadOnlyList<SolutionProject> All { get; } =
        [.. Files("*.csproj").Select(Read).OrderBy(project => project.Name, StringComparer.Ordinal)];

    public static SolutionProject Named(string name) =>
        All.SingleOrDefault(project => project.Name == name) ?? throw new InvalidOperationException($"No project {name} in the solution.");

    /// <summary>The project and all that it references, near and far.</summary>
    public IEnumerable<SolutionProject> Closure()
    {
        var seen = new HashSet<string>();
        var open = new Queue<SolutionProject>([this]);
        while (open.TryDequeue(out var project))
        {
            if (!seen.Add(project.Name))
                continue;
            yield return project;
            foreach (var name in project.Projects)
                open.Enqueue(Named(name));
        }
    }

    /// <summary>Its own C# files, without generated ones.</summary>
    public IEnumerable<string> Sources() => Files("*.cs", Folder);

    /// <summary>Files of the repository (not of build outputs), as full paths.</summary>
    public static IEnumerable<string> Files(string pattern, string? folder = null) =>
        Directory.EnumerateFiles(folder ?? RepositoryRoot.Path, pattern, SearchOption.AllDirectories)
            .Where(file => !Relative(file).Split('/').Any(part => Skipped.Contains(part)))
            .Order(StringComparer.Ordinal);

    /// <summary>The path from the repository's root, with slashes.</summary>
    public static string Relative(string file) => Path.GetRelativePath(RepositoryRoot.Path, file).Replace('\\', '/');

    private static SolutionProject Read(string file)
    {
        var document = XDocument.Load(file);
        var elements = document.Descendants().ToLookup(element => element.Name.LocalName);
        // An app host starts its projects and never loads them.
        var startsThem = document.Root!.Attribute("Sdk")?.Value.StartsWith("Aspire.AppHost.Sdk", StringComparison.Ordinal) == true;
        List<string> Included(string element) =>
            [.. elements[element].Select(item => item.Attribute("Include")?.Value).OfType<string>()];
        return new SolutionProject(
            Path.GetFileNameWithoutExtension(file),
            Path.GetDirectoryName(file)!,
            [.. elements["ProjectReference"]
                // Built along, not referenced: processes that are started, or packages that carry it.
                .Where(item => !startsThem && item.Attribute("ReferenceOutputAssembly")?.Value != "false")
                .Select(item => item.Attribute("Include")?.Value).OfType<string>()
                .Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))],
            Included("PackageReference"),
            Included("FrameworkReference"));
    }
}
