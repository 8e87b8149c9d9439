using Mesh.Kernel.Log;
using Mesh.Kernel.Settings;
using Mesh.Storage.Postgres;
using Mesh.Tests.Support;
using Npgsql;

namespace Mesh.Tests.Storage;

public sealed class PostgresLogStoreTests(PostgresServer server) : LogStoreContract
{
    private string _connection = "";

    protected override async Task Prepare() => _connection = await server.NewDatabase();

    protected override ILogStore Create() => new PostgresLogStore(_connection);

    [Fact]
    public async Task An_append_whose_answer_is_lost_has_an_unknown_outcome_and_the_log_tells_it()
    {
        await using var wire = new FaultyTcp(server.Port);
        await using var store = new PostgresLogStore(Through(wire));
        var script = new LogScript(store, await store.OpenAsync(Token));
        await script.Append("a");
        var batch = script.Batch("b", "c");
        wire.LoseAnswers();
        var append = store.TryAppendAsync(script.Head, batch, Token);
        await Eventually.True(() => wire.Lost > 0, TimeSpan.FromSeconds(60), "the server has answered");
        wire.CutClients();
        wire.LoseAnswers(false);
        Assert.True((await Assert.ThrowsAsync<LogStoreException>(async () => await append)).OutcomeUnknown);
        Assert.Equal(LogPosition.After(batch.Entries[^1]), await store.ReadHeadAsync(Token));
        script.Advance(batch);
        await script.Append("d");
        Assert.Equal(4, (await LogChain.Verify(store)).Count);
    }

    [Fact]
    public async Task An_append_still_on_its_way_can_no_longer_happen_once_the_head_has_been_read()
    {
        await using var wire = new FaultyTcp(server.Port);
        await using var store = new PostgresLogStore(Through(wire));
        var script = new LogScript(store, await store.OpenAsync(Token));
        await script.Append("a");
        wire.Hold();
        var append = store.TryAppendAsync(script.Head, script.Batch("late"), Token);
        await Eventually.True(() => wire.Held > 0, TimeSpan.FromSeconds(60), "the append is on its way");
        wire.CutClients();
        Assert.True((await Assert.ThrowsAsync<LogStoreException>(async () => await append)).OutcomeUnknown);

        // The store settles through a new connection, past the held bytes, and only then these arrive.
        Assert.Equal(script.Head, await store.ReadHeadAsync(Token));
        wire.Release();
        await Eventually.True(() => wire.Delivered > 0, TimeSpan.FromSeconds(60),
            "the late append has reached the server and was answered");
        Assert.Single(await LogChain.Verify(store));
        await script.Append("b");
    }

    [Fact]
    public async Task A_full_tablespace_refuses_the_append_and_writes_nothing_half()
    {
        await using var disk = await SmallDisk.Mount(megabytes: 4);
        await using (var own = ChildProcess.StartShared("/bin/chown", null, "postgres", disk.Path)) await own.WaitForExit();
        await using var direct = new NpgsqlConnection(_connection + ";Pooling=false");
        await direct.OpenAsync(Token);
        await Execute(direct, $"CREATE TABLESPACE small LOCATION '{disk.Path}'");
        await Execute(direct, "ALTER TABLE log SET TABLESPACE small");
        await Script.Append("a");
        disk.Fill();
        string[] many = [.. Enumerable.Range(0, 5_000).Select(i => $"s/{i}")];
        var failure = await Assert.ThrowsAsync<LogStoreException>(async () => await Script.Append(many));
        Assert.False(failure.OutcomeUnknown);
        Assert.Single(await LogChain.Verify(Store));

        disk.Free();
        await Script.Append(many);
        Assert.Equal(5_001, (await LogChain.Verify(Store)).Count);
        await Execute(direct, "DROP TABLE log");
        await Execute(direct, "DROP TABLESPACE small");
    }

    [Fact]
    public async Task Stores_that_open_an_empty_database_together_make_one_log()
    {
        var connection = await server.NewDatabase();
        var heads = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var store = new PostgresLogStore(connection);
            return await store.OpenAsync(Token);
        }));
        Assert.Single(heads.Distinct());
    }

    [Fact]
    public async Task No_message_holds_the_password()
    {
        const string password = "hunter2-hunter2";
        foreach (var connection in (string[])
            [
                $"Host=127.0.0.1;Port={server.Port};Database=postgres;Username=mesh;Password={password}",
                $"Host=127.0.0.1;Port=1;Username=nobody;Password={password};Timeout=1",
                $"postgres://mesh:{password}@127.0.0.1:{server.Port}/postgres",
            ])
        {
            await using var store = new PostgresLogStore(connection);
            Assert.StartsWith("PostgreSQL 127.0.0.1:", store.Description, StringComparison.Ordinal);
            var failure = await Assert.ThrowsAsync<LogStoreException>(async () => await store.OpenAsync(Token));
            Assert.False(failure.OutcomeUnknown);
            Assert.DoesNotContain(password, failure.ToString() + store.Description, StringComparison.Ordinal);
        }

        var unreadable = Assert.Throws<SettingException>(() => new PostgresLogStore($"Nonsense={password}"));
        Assert.DoesNotContain(password, unreadable.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_waits_for_the_disk_even_where_the_database_was_told_otherwise()
    {
        await using var store = new PostgresLogStore(_connection + ";Options=-c synchronous_commit=off");
        var script = await LogScript.Open(store);
        await using var direct = new NpgsqlConnection(_connection);
        await direct.OpenAsync(Token);
        await Execute(direct, """
            CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO kv VALUES ('synchronous_commit', current_setting('synchronous_commit')); RETURN NEW; END $$
            """);
        await Execute(direct, "CREATE TRIGGER spy AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION spy()");
        await script.Append("a");
        Assert.Equal("on", await store.GetValueAsync("synchronous_commit", Token));
    }

    private string Through(FaultyTcp wire) => _connection.Replace($"Port={server.Port}", $"Port={wire.Port}", StringComparison.Ordinal);

    private static async Task Execute(NpgsqlConnection connection, string text)
    {
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
