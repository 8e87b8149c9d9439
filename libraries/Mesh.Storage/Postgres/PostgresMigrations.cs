using System.Data;
using Mesh.Kernel.Log;
using Mesh.Storage.Migrations;
using Npgsql;

namespace Mesh.Storage.Postgres;

/// <summary>Runs scripts in a schema whose table <c>head</c> keeps the version.</summary>
internal sealed class PostgresMigrations(NpgsqlDataSource source, string schema, string description) : IMigratedDatabase
{
    // Marks around a script, so no script may contain what both start with.
    private const string Mark = "$mesh_", Outer = Mark + "run$", Inner = Mark + "script$";

    /// <inheritdoc/>
    public string Description => description;

    /// <inheritdoc/>
    public async ValueTask<bool> AdvanceAsync(Func<int, Migration?> next, CancellationToken cancellationToken)
    {
        var connection = await GuardAsync("open", () => source.OpenConnectionAsync(cancellationToken)).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var transaction = await GuardAsync("open",
            () => connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken)).ConfigureAwait(false);
        await using var __ = transaction.ConfigureAwait(false);
        var script = await GuardAsync("open", async () =>
        {
            await LockAsync(connection, cancellationToken).ConfigureAwait(false);
            var script = next(await ReadVersionAsync(connection, cancellationToken).ConfigureAwait(false));
            if (script is not null) await RunAsync(connection, script, cancellationToken).ConfigureAwait(false);
            return script;
        }).ConfigureAwait(false);
        if (script is null) return false;

        // No token: a commit that is broken off leaves its outcome unknown.
        return await PostgresFailure.GuardAsync(description, "commit", outcomeUnknown: true, async () =>
        {
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public string Explain(Exception fault) => fault switch
    {
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } =>
            "somebody else holds a lock on the tables, such as a backup or another registry that migrates them",
        PostgresException refused => $"{refused.MessageText} (SQLSTATE {refused.SqlState})",
        _ => fault.Message,
    };

    /// <summary>Registries that start together take turns; also with those that only make the tables where they are missing.</summary>
    private async ValueTask LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // A script may take long, but must not wait long for a lock: everybody else would wait behind it, until a backup has ended for
        // instance.
        await connection.ExecuteAsync("SELECT set_config('lock_timeout', '10s', true) WHERE current_setting('lock_timeout') = '0'",
            cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync("SET LOCAL statement_timeout = 0", cancellationToken).ConfigureAwait(false);
        try
        {
            await ExecuteWithoutLimitAsync(connection, "SELECT pg_advisory_xact_lock(hashtextextended($1, 7400))", cancellationToken,
                schema).ConfigureAwait(false);
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new LogStoreException(
                $"{description}: cannot open: another registry has been opening or migrating these tables for longer than the lock "
                    + "timeout.", false, busy);
        }
    }

    private async ValueTask<int> ReadVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var table = connection.Query("SELECT to_regclass(quote_ident($1) || '.head') IS NOT NULL", schema);
        await using var _ = table.ConfigureAwait(false);
        if (await table.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true) return 0;
        var version = connection.Query("SELECT schema FROM head");
        await using var __ = version.ConfigureAwait(false);
        return await version.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is int and > 0 and var number
            ? number
            : throw new UnusableLogException($"{description}: the table head has no version; it was damaged from outside. Restore a copy.");
    }

    private async ValueTask RunAsync(NpgsqlConnection connection, Migration script, CancellationToken cancellationToken)
    {
        if (script.Script.Contains(Mark, StringComparison.Ordinal))
            throw new InvalidOperationException($"The migration script {script.Name} contains {Mark}, which starts the marks around it.");
        if (script.Version == 1)
        {
            // Who finds the schema made by an administrator needs no right to make any.
            var made = connection.Query("SELECT to_regnamespace(quote_ident($1)) IS NOT NULL", schema);
            await using var _ = made.ConfigureAwait(false);
            if (await made.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
                await connection.ExecuteAsync($"CREATE SCHEMA {PostgresSettings.Quote(schema)}", cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // Appends end first, and later ones wait before they hold a lock that the script may need. Their registries learn of the raised
            // fence that the tables are others now.
            await ExecuteWithoutLimitAsync(connection, "LOCK TABLE head IN EXCLUSIVE MODE", cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync("UPDATE head SET schema = $1, fence = fence + 1", cancellationToken,
                script.Version).ConfigureAwait(false);
        }

        // One statement for the driver, which would split the text itself otherwise; the server finds its statements, and refuses a COMMIT
        // among them.
        await ExecuteWithoutLimitAsync(connection, $"DO {Outer} BEGIN EXECUTE {Inner}{script.Script}{Inner}; END {Outer}",
            cancellationToken).ConfigureAwait(false);
        if (script.Version == 1)
        {
            await connection.ExecuteAsync(
                "INSERT INTO head (schema, log_id, epoch, sequence, hash, time, fence) VALUES (1, $1, 1, 0, $2, 0, 0)",
                cancellationToken,
                Guid.CreateVersion7(),
                EntryHash.Zero.ToArray()).ConfigureAwait(false);
        }
    }

    private static async ValueTask ExecuteWithoutLimitAsync(NpgsqlConnection connection, string text, CancellationToken cancellationToken,
        params object[] values)
    {
        var command = connection.Query(text, values);
        await using var _ = command.ConfigureAwait(false);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<T> GuardAsync<T>(string what, Func<ValueTask<T>> action) =>
        PostgresFailure.GuardAsync(description, what, outcomeUnknown: false, action);
}
