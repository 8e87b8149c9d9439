namespace Mesh.AppHost.Settings;

/// <summary>Where things are on this machine, all as absolute paths.</summary>
internal static class MeshFolders
{
    /// <summary>The folder with <c>Mesh.sln</c> above <paramref name="start"/>; without one, <paramref name="start"/> itself.</summary>
    public static string Root(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Mesh.sln")))
                return folder.FullName;
        }

        return Path.GetFullPath(start);
    }

    /// <summary><c>MESH_DATA_DIR</c>, else <c>.mesh</c> at the root; a mesh with shifted ports gets a folder of its own in there.</summary>
    public static string Data(string root, string? configured, int portOffset)
    {
        if (!string.IsNullOrEmpty(configured))
            return Path.GetFullPath(configured);
        var folder = Path.Combine(root, ".mesh");
        return portOffset == 0 ? folder : Path.Combine(folder, $"offset-{portOffset}");
    }
}
