using Microsoft.Extensions.Configuration;

namespace Mesh.Kernel.Settings;

/// <summary>Where a host keeps its files.</summary>
public static class MeshData
{
    /// <summary>The data folder as an absolute path: <c>MESH_DATA_DIR</c>. <value><c>.mesh</c> in the working directory</value></summary>
    public static string MeshDataFolder(this IConfiguration configuration) =>
        Path.GetFullPath(configuration["MESH_DATA_DIR"] is { Length: > 0 } folder ? folder : ".mesh");

    /// <summary>Makes a folder that only its owner can read; one that is there stays as it is.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
