using System.Diagnostics;
using Mesh.Kernel.Log;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Storage.Migrations;

/// <summary>
/// Brings a database to this program's version when it is opened (Flow step 3): script by script, each in a transaction of its own, so that
/// a program that starts together with others, or after one that was killed, goes on from where the database is.
/// </summary>
internal sealed class SchemaMigrator(MigrationScripts scripts, ILogger? logger = null)
{
    private readonly ILogger _logger = logger ?? NullLogger.Instance;

    /// <exception cref="UnusableLogException">The tables have an unknown version.</exception>
    /// <exception cref="LogStoreException">A script failed.</exception>
    public async ValueTask RunAsync(IMigratedDatabase database, CancellationToken cancellationToken)
    {
        while (await TryAdvanceAsync(database, cancellationToken).ConfigureAwait(false))
        {
        }
    }

    private async ValueTask<bool> TryAdvanceAsync(IMigratedDatabase database, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        Migration? script = null;
        try
        {
            if (!await database.AdvanceAsync(version => script = scripts.After(version, database.Description),
                cancellationToken).ConfigureAwait(false)) return false;
        }
        catch (LogStoreException failure) when (script is not null)
        {
            var outcome = failure.OutcomeUnknown
                ? "and it is unknown whether it was applied"
                : $"and the tables keep version {script.Version - 1}";
            throw new LogStoreException(
                $"{database.Description}: the migration {script.Name} to version {script.Version} failed, {outcome}: "
                    + $"{database.Explain(failure.InnerException ?? failure).TrimEnd('.')}. " +
                "Remove the cause and start this program again, or go back to the one before.", failure.OutcomeUnknown, failure);
        }

        var milliseconds = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        if (script!.Version == 1) MigrationLog.Made(_logger, database.Description, script.Name, milliseconds);
        else MigrationLog.Migrated(_logger, database.Description, script.Version - 1, script.Version, script.Name, milliseconds);
        return true;
    }
}
