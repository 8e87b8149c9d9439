using Mesh.Kernel.Log;
using Mesh.Storage.Migrations;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Support;
using Microsoft.Data.Sqlite;

namespace Mesh.Tests.Storage;

public sealed class SqliteMigrationTests : MigrationContract
{
    private TempFolder _folder = new();

    private string File => _folder.File("mesh.db");

    private protected override MigrationScripts Released => SqliteSchema.Scripts;

    private protected override Migration Second { get; } = new(2, "0002-note.sql", """
        -- A comment; with a semicolon.
        CREATE TABLE note (kind text PRIMARY KEY);
        CREATE TRIGGER note_is_kept BEFORE DELETE ON note BEGIN SELECT 1; SELECT RAISE(ABORT, 'kept; not deleted'); END;
        /* another; one */ INSERT INTO note VALUES ('a;b')
        """);

    public override ValueTask InitializeAsync()
    {
        _folder.Dispose();
        _folder = new();
        return default;
    }

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return default;
    }

    protected override ILogStore Present() => new SqliteLogStore(File, Logged);

    private protected override ILogStore Create(MigrationScripts scripts) => new SqliteLogStore(File, scripts, Logged);

    protected override async Task RestoreFirstVersion() =>
        await Execute(
            await System.IO.File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "Storage", "Version1", "sqlite.sql"),
                Token));

    protected override async Task Execute(string statement)
    {
        await using var connection = await Open();
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync(Token);
    }

    protected override async Task<string> Scalar(string query)
    {
        await using var connection = await Open();
        await using var command = connection.CreateCommand();
        command.CommandText = query;
        return $"{await command.ExecuteScalarAsync(Token)}";
    }

    protected override Task<string> Tables() =>
        Scalar("SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)");

    protected override Task<string> Version() => Scalar("SELECT value FROM meta WHERE key = 'schema'");

    protected override Task SetVersion(int version) => Execute($"UPDATE meta SET value = '{version}' WHERE key = 'schema'");

    private async Task<SqliteConnection> Open()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        await connection.OpenAsync(Token);
        return connection;
    }
}
