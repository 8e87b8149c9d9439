using Npgsql;

namespace Mesh.Storage.Postgres;

/// <summary>Statements with parameters $1, $2, … in the order of their values.</summary>
internal static class PostgresCommands
{
    public static NpgsqlCommand Query(this NpgsqlConnection connection, string text, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(text, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    /// <summary>The rows of a query.</summary>
    public static async ValueTask<List<T>> SelectAsync<T>(this NpgsqlConnection connection, string text, Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken, params object[] values)
    {
        var command = connection.Query(text, values);
        await using var _ = command.ConfigureAwait(false);
        var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = row.ConfigureAwait(false);
        var rows = new List<T>();
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false)) rows.Add(read(row));
        return rows;
    }

    public static async ValueTask<int> ExecuteAsync(this NpgsqlConnection connection, string text, CancellationToken cancellationToken,
        params object[] values)
    {
        var command = connection.Query(text, values);
        await using var _ = command.ConfigureAwait(false);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
