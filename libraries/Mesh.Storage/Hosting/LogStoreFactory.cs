using Mesh.Kernel.Credentials;
using Mesh.Kernel.Log;
using Mesh.Kernel.Settings;
using Mesh.Storage.Migrations;
using Mesh.Storage.Postgres;
using Mesh.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Mesh.Storage.Hosting;

/// <summary>Chooses the log's store by connection string.</summary>
public static class LogStoreFactory
{
    private const string DataSource = "Data Source=";

    /// <summary>
    /// The store of this configuration, not opened yet: PostgreSQL where <c>ConnectionStrings:mesh</c> names a host, else SQLite in that
    /// string's <c>Data Source</c> or, without one, in the data folder.
    /// </summary>
    public static ILogStore Create(IConfiguration configuration, ILoggerFactory? logs = null)
    {
        var logger = logs?.CreateLogger<SchemaMigrator>();
        return SqliteFile(configuration) is { } file
            ? new SqliteLogStore(file, logger)
            : new PostgresLogStore(configuration.GetConnectionString("mesh")!, logger);
    }

    /// <summary>What lies beside a log in the same database.</summary>
    public static ICredentialStore CredentialsOf(ILogStore log) => log switch
    {
        SqliteLogStore sqlite => sqlite.Credentials,
        PostgresLogStore postgres => postgres.Credentials,
        _ => throw new InvalidOperationException($"{log.Description} keeps no credentials."),
    };

    /// <summary>The file of a log on SQLite; null for one on PostgreSQL.</summary>
    public static string? SqliteFile(IConfiguration configuration) => configuration.GetConnectionString("mesh") switch
    {
        null or "" => Path.Combine(configuration.MeshDataFolder(), "mesh.db"),
        var sqlite when sqlite.TrimStart().StartsWith(DataSource, StringComparison.OrdinalIgnoreCase) =>
            Path.GetFullPath(new SqliteConnectionStringBuilder(sqlite).DataSource),
        _ => null,
    };
}
