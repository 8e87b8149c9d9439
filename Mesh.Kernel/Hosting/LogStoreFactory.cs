using Mesh.Kernel.Log;
using Mesh.Kernel.Log.Sqlite;
using Microsoft.Extensions.Configuration;

namespace Mesh.Kernel.Hosting;

/// <summary>Chooses the log's store by connection string.</summary>
public static class LogStoreFactory
{
    /// <summary>The data folder: <c>MESH_DATA_DIR</c>, else <c>.mesh</c> in the working folder.</summary>
    public static string DataFolder(IConfiguration configuration) => Path.GetFullPath(configuration["MESH_DATA_DIR"] is { Length: > 0 } given ? given : ".mesh");

    /// <summary>The store of this configuration; not opened yet.</summary>
    public static ILogStore Create(IConfiguration configuration) => configuration.GetConnectionString("mesh") is { Length: > 0 } connection
        ? throw new NotSupportedException($"No store for the connection string 'mesh' ({connection.Length} characters).")
        : new SqliteLogStore(Path.Combine(DataFolder(configuration), "mesh.db"));
}
