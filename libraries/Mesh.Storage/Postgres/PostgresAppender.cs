using Mesh.Kernel.Log;
using Npgsql;

namespace Mesh.Storage.Postgres;

/// <summary>
/// The session that appends: kept open, its one statement prepared; dropped with the first failure. Used by one caller at a time.
/// </summary>
internal sealed class PostgresAppender(NpgsqlDataSource source) : IAsyncDisposable
{
    private NpgsqlConnection? _connection;
    private NpgsqlCommand? _append;

    /// <summary>Connects where needed; what fails here has certainly written nothing.</summary>
    public async ValueTask ConnectAsync(CancellationToken cancellationToken)
    {
        if (_append is not null) return;
        // A call that was cancelled may have left a session that is not ready.
        await DropAsync().ConfigureAwait(false);
        _connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var durable = new NpgsqlCommand(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')",
            _connection);
        await using (durable.ConfigureAwait(false)) await durable.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        _append = new NpgsqlCommand(PostgresSchema.Append, _connection);
    }

    /// <summary>Appends, and says whether the head still was where it was expected.</summary>
    public async ValueTask<bool> AppendAsync(LogPosition expected, long fence, LogBatch batch)
    {
        PostgresEntries.Bind(_append!.Parameters, expected, fence, batch);

        // Prepared on first use and free afterwards. No token: an append that is broken off leaves its outcome unknown.
        await _append.PrepareAsync(CancellationToken.None).ConfigureAwait(false);
        return (long)(await _append.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false))! == 1;
    }

    /// <summary>Drops the session; the next append makes a new one.</summary>
    public async ValueTask DropAsync()
    {
        var (append, connection) = (_append, _connection);
        (_append, _connection) = (null, null);
        if (append is not null) await append.DisposeAsync().ConfigureAwait(false);
        if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => DropAsync();
}
