using Mesh.Kernel.Log;
using Mesh.Kernel.Log.Postgres;
using Mesh.Kernel.Log.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;

namespace Mesh.Kernel.Hosting;

/// <summary>Chooses the log's store by connection string.</summary>
public static class LogStoreFactory
{
    /// <summary>The data folder: <c>MESH_DATA_DIR</c>, else <c>.mesh</c> in the working folder.</summary>
    public static string DataFolder(IConfiguration configuration) => Path.GetFullPath(configuration["MESH_DATA_DIR"] is { Length: > 0 } given ? given : ".mesh");

    /// <summary>
    /// The store of this configuration, not opened yet: PostgreSQL where <c>ConnectionStrings:mesh</c> names a host, else SQLite in that string's
    /// <c>Data Source</c> or, without one, in the data folder.
    /// </summary>
    public static ILogStore Create(IConfiguration configuration) => configuration.GetConnectionString("mesh") switch
    {
        null or "" => new SqliteLogStore(Path.Combine(DataFolder(configuration), "mesh.db")),
        var sqlite when sqlite.TrimStart().StartsWith("Data Source=", StringComparison.OrdinalIgnoreCase) =>
            new SqliteLogStore(new SqliteConnectionStringBuilder(sqlite).DataSource),
        var postgres => new PostgresLogStore(postgres),
    };
}
