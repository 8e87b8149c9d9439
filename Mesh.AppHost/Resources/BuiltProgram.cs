namespace Mesh.AppHost.Resources;

/// <summary>Programs of this repository, built along with AppHost.</summary>
internal static class BuiltProgram
{
    /// <summary>The executable of a project, in the configuration and for the framework that AppHost itself was built in.</summary>
    public static string PathOf(IProjectMetadata project)
    {
        var output = new DirectoryInfo(Path.GetDirectoryName(typeof(BuiltProgram).Assembly.Location)!);
        var name = Path.GetFileNameWithoutExtension(project.ProjectPath) + (OperatingSystem.IsWindows() ? ".exe" : "");
        return Path.Combine(Path.GetDirectoryName(project.ProjectPath)!, "bin", output.Parent!.Name, output.Name, name);
    }
}
