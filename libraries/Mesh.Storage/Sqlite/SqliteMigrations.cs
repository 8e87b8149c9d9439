using System.Globalization;
using Mesh.Kernel.Log;
using Mesh.Storage.Migrations;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Mesh.Storage.Sqlite;

/// <summary>Runs scripts on a file whose table <c>meta</c> keeps the version.</summary>
internal sealed class SqliteMigrations(SqliteDatabase database) : IMigratedDatabase
{
    /// <inheritdoc/>
    public string Description => database.Description;

    /// <inheritdoc/>
    public ValueTask<bool> AdvanceAsync(Func<int, Migration?> next, CancellationToken cancellationToken) =>
        database.WriteAsync("open", writer =>
    {
        if (next(ReadVersion(writer)) is not { } script) return false;
        RunWhole(writer, script.Script);
        if (script.Version == 1)
            writer.Execute("INSERT INTO meta (key, value) VALUES ('log_id', $a), ('epoch', '1'), ('schema', '1')",
                Guid.CreateVersion7().ToString());
        else writer.Execute("UPDATE meta SET value = $a WHERE key = 'schema'", script.Version.ToString(CultureInfo.InvariantCulture));
        return true;
    }, cancellationToken, commits: advanced => advanced);

    /// <inheritdoc/>
    public string Explain(Exception fault) => fault.Message;

    private int ReadVersion(SqliteConnection writer)
    {
        using var table = writer.Query("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'meta'");
        if ((long)table.ExecuteScalar()! == 0) return 0;
        using var version = writer.Query("SELECT value FROM meta WHERE key = 'schema'");
        return version.ExecuteScalar() is string text && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0
            ? number
            : throw new UnusableLogException(
                $"{Description}: the table meta has no version. The file is not a log of the mesh, or was damaged: restore a copy.");
    }

    private static void RunWhole(SqliteConnection writer, string script)
    {
        // A COMMIT in a script would keep half of it when the other half fails.
        strdelegate_authorizer refuse = (_, action, _, _, _,
            _) => action is raw.SQLITE_TRANSACTION or raw.SQLITE_SAVEPOINT ? raw.SQLITE_DENY : raw.SQLITE_OK;
        raw.sqlite3_set_authorizer(writer.Handle, refuse, null);
        try
        {
            writer.Execute(script);
        }
        finally
        {
            raw.sqlite3_set_authorizer(writer.Handle, (strdelegate_authorizer?)null, null);
        }
    }
}
