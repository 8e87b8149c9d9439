using Microsoft.Data.Sqlite;

namespace Mesh.Storage.Sqlite;

/// <summary>Statements with parameters $a, $b, … in the order of their values.</summary>
internal static class SqliteCommands
{
    public static SqliteCommand Query(this SqliteConnection connection, string text, params ReadOnlySpan<object> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue("$" + (char)('a' + i), values[i]);
        return command;
    }

    public static int Execute(this SqliteConnection connection, string text, params ReadOnlySpan<object> values)
    {
        using var command = connection.Query(text, values);
        return command.ExecuteNonQuery();
    }
}
