namespace Mesh.Tests.Support;

/// <summary>Where the sources and the built executables are.</summary>
public static class RepositoryRoot
{
    /// <summary>The folder with <c>Mesh.sln</c>.</summary>
    public static string Path { get; } = Find();

    /// <summary>The built executable of a project of the solution, for example <c>Mesh.Registry</c> or <c>samples/Hello</c>.</summary>
    /// <param name="project">Folder of the project, relative to the root.</param>
    /// <param name="assembly">Name of its executable; default: the folder's last part.</param>
    public static string ExecutableOf(string project, string? assembly = null)
    {
        // .../Mesh.Tests/bin/<configuration>/<framework>/
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var name = (assembly ?? System.IO.Path.GetFileName(project)) + (OperatingSystem.IsWindows() ? ".exe" : "");
        var path = System.IO.Path.Combine(Path, project, "bin", own.Parent!.Name, own.Name, name);
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"{project} is not built: {path} is missing. Run dotnet build.", path);
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Mesh.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"No Mesh.sln above {AppContext.BaseDirectory}");
    }
}
