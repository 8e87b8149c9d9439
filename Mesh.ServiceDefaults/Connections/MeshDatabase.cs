using Microsoft.Extensions.Configuration;

namespace Mesh.ServiceDefaults.Connections;

/// <summary>Where the log is kept: <c>ConnectionStrings__mesh</c>, else a SQLite file in the data folder (<c>MESH_DATA_DIR</c>).</summary>
public static class MeshDatabase
{
    /// <summary>The data folder as an absolute path. <value><c>.mesh</c> in the working directory</value></summary>
    public static string MeshDataFolder(this IConfiguration configuration) =>
        Path.GetFullPath(configuration["MESH_DATA_DIR"] is { Length: > 0 } folder ? folder : ".mesh");

    /// <summary>
    /// The database's connection string: PostgreSQL if it names a <c>Host</c> (or is a <c>postgres://</c> URI), else SQLite.
    /// <value><c>Data Source=&lt;data folder&gt;/mesh.db</c></value>
    /// </summary>
    public static string MeshConnectionString(this IConfiguration configuration) =>
        configuration.GetConnectionString("mesh") is { Length: > 0 } given ? given : $"Data Source={Path.Combine(configuration.MeshDataFolder(), "mesh.db")}";
}
