using Npgsql;

namespace Mesh.Storage.Postgres;

/// <summary>
/// One schema of a PostgreSQL database and a pool of sessions to it: every fault comes out as a <see cref="Kernel.Log.LogStoreException"/>
/// that says whether something may have been written.
/// </summary>
internal sealed class PostgresDatabase : IAsyncDisposable
{
    /// <exception cref="Kernel.Settings.SettingException">The connection string cannot be read.</exception>
    public PostgresDatabase(string connectionString)
    {
        (var settings, Schema) = PostgresSettings.Parse(connectionString);
        Description = $"PostgreSQL {settings.Host}:{settings.Port}/{settings.Database ?? settings.Username} (schema {Schema})";
        Source = NpgsqlDataSource.Create(settings.ConnectionString);
    }

    public string Description { get; }

    public string Schema { get; }

    public NpgsqlDataSource Source { get; }

    /// <summary>
    /// Reads in a session of the pool; one that turns out to have died since (the server was started again) is tried once more.
    /// </summary>
    public ValueTask<T> ReadAsync<T>(string what, Func<NpgsqlConnection, ValueTask<T>> read, CancellationToken cancellationToken) =>
        GuardedAsync(what, false, async () =>
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var connection = await Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                await using var _ = connection.ConfigureAwait(false);
                return await read(connection).ConfigureAwait(false);
            }
            catch (Exception exception) when (attempt == 1 && PostgresFailure.IsSessionLost(exception))
            {
                Source.Clear();
            }
        }
    });

    /// <summary>Writes by one statement, which is a transaction of its own.</summary>
    /// <returns>How many rows it has changed.</returns>
    public ValueTask<int> WriteAsync(string what, string statement, CancellationToken cancellationToken, params object[] values) =>
        GuardedAsync(what, true, async () =>
    {
        var connection = await Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        return await connection.ExecuteAsync(statement, cancellationToken, values).ConfigureAwait(false);
    });

    /// <summary>Does something else with the database.</summary>
    /// <param name="what">For messages: "cannot …".</param>
    /// <param name="outcomeUnknown">Whether a failure leaves open if it was done.</param>
    /// <param name="action">Does it.</param>
    public ValueTask<T> GuardedAsync<T>(string what, bool outcomeUnknown, Func<ValueTask<T>> action) =>
        PostgresFailure.GuardAsync(Description, what, outcomeUnknown, action);

    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
