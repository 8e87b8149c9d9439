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

    public static async ValueTask<int> ExecuteAsync(this NpgsqlConnection connection, string text, CancellationToken cancellationToken,
        params object[] values)
    {
        var command = connection.Query(text, values);
        await using var _ = command.ConfigureAwait(false);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
