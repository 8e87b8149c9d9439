using Mesh.Kernel.Log;
using Mesh.Storage.Postgres;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Support;
using Npgsql;

namespace Mesh.Tests.Flow;

/// <summary>Real Registries and databases that are killed while 64 writers write.</summary>
public sealed class CrashTests(PostgresServer server)
{
    private const int Writers = 64, Kills = 3;

    [Fact]
    public async Task A_Registry_killed_under_64_writers_has_every_acknowledged_write_exactly_once_on_SQLite()
    {
        using var folder = new TempFolder();
        await KillRegistry(folder.Path, null, () => new SqliteLogStore(folder.File("mesh.db")));
    }

    [Fact]
    public async Task A_Registry_killed_under_64_writers_has_every_acknowledged_write_exactly_once_on_PostgreSQL()
    {
        using var folder = new TempFolder();
        var database = await server.NewDatabase();
        await KillRegistry(folder.Path, database, () => new PostgresLogStore(database));
    }

    [Fact]
    public async Task PostgreSQL_killed_under_writers_stops_writes_only_and_nothing_is_half_written()
    {
        using var folder = new TempFolder();
        await using var own = new PostgresServer();
        var database = await own.NewDatabase();
        await using var registry = await RegistryProcess.Start(folder.Path, database);
        var load = new WriterLoad();
        var writing = load.Run(Writers, registry);
        for (var i = 0; i < 2; i++)
        {
            await load.Progress(200);
            var unknown = load.Unknown;
            await own.Kill();
            await Eventually.True(() => load.Unknown > unknown, TimeSpan.FromSeconds(60), "writes are answered 503");
            Assert.True(await registry.ServesReads());
            await own.Start();
        }

        await load.Progress(200);
        load.Stop();
        await writing;
        await using var store = new PostgresLogStore(database);
        await load.Verify(store);
    }

    [Fact]
    public async Task Two_Registries_on_one_PostgreSQL_write_one_gapless_history()
    {
        using var folders = new TempFolder();
        var database = await server.NewDatabase();
        await using var one = await RegistryProcess.Start(folders.File("one"), database);
        await using var two = await RegistryProcess.Start(folders.File("two"), database);
        var load = new WriterLoad();
        var writing = load.Run(Writers, one, two);
        await load.Progress(1_000);
        load.Stop();
        await writing;
        await using var store = new PostgresLogStore(database);
        await load.Verify(store);
        Assert.Equal(0, load.Unknown);
    }

    [Fact]
    public async Task A_session_that_the_database_has_ended_costs_no_command()
    {
        using var folder = new TempFolder();
        var database = await server.NewDatabase() + ";Application Name=ended";
        await using var registry = await RegistryProcess.Start(folder.Path, database);
        Assert.NotNull(await registry.Register("echo", "a", 1, "x"));
        await using (var direct = new NpgsqlConnection(database + ";Application Name=ender"))
        {
            await direct.OpenAsync(TestContext.Current.CancellationToken);
            await using var end = new NpgsqlCommand(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'ended'", direct);
            Assert.True((long)(await end.ExecuteScalarAsync(TestContext.Current.CancellationToken))! > 0);
        }

        Assert.True(await registry.Register("echo", "b", 2, "x") is { Changed: true });
        await using var store = new PostgresLogStore(database);
        await store.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            ["discovery/default/echo/i/a", "discovery/default/echo", "discovery/default/echo/i/b"],
            (await LogChain.Verify(store)).Select(entry => entry.Stream));
    }

    private static async Task KillRegistry(string folder, string? database, Func<ILogStore> open)
    {
        await using var registry = await RegistryProcess.Start(folder, database);
        var load = new WriterLoad();
        var writing = load.Run(Writers, registry);
        for (var i = 0; i < Kills; i++)
        {
            await load.Progress(200);
            await registry.Process.Kill();
            await registry.StartAgain();
        }

        await load.Progress(200);
        load.Stop();
        await writing;
        Assert.True(load.Unknown > 0, "the kills met no write under way");
        await registry.Process.Kill();
        await using var store = open();
        await load.Verify(store);
    }
}
