using Microsoft.Extensions.Logging;

namespace Mesh.Storage.Migrations;

internal static partial class MigrationLog
{
    [LoggerMessage(1200, LogLevel.Information,
        "{Database}: migrated the tables from version {From} to {To} by {Script} in {Milliseconds} ms")]
    public static partial void Migrated(ILogger logger, string database, int from, int to, string script, long milliseconds);

    [LoggerMessage(1201, LogLevel.Information, "{Database}: created the tables with {Script} in {Milliseconds} ms")]
    public static partial void Made(ILogger logger, string database, string script, long milliseconds);
}
