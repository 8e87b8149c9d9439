using Mesh.Kernel.Log;
using Mesh.Storage.Migrations;
using Mesh.Storage.Postgres;
using Mesh.Tests.Support;
using Npgsql;

namespace Mesh.Tests.Storage;

public sealed class PostgresMigrationTests(PostgresServer server) : MigrationContract
{
    private string _connection = "";

    private string Schema => new NpgsqlConnectionStringBuilder(_connection).SearchPath!;

    private protected override MigrationScripts Released => PostgresSchema.Scripts;

    private protected override Migration Second { get; } = new(2, "0002-note.sql", """
        -- A comment; with a semicolon.
        CREATE TABLE note (kind text PRIMARY KEY);
        CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'kept; not deleted'; RETURN NULL; END $$;
        CREATE FUNCTION kinds() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT count(*) FROM note; END;
        CREATE TRIGGER note_is_kept BEFORE DELETE ON note FOR EACH ROW EXECUTE FUNCTION kept();
        /* another; one */ INSERT INTO note VALUES ('a;b')
        """);

    public override async ValueTask InitializeAsync() => _connection = await server.NewDatabase();

    public override ValueTask DisposeAsync() => default;

    protected override ILogStore Present() => new PostgresLogStore(_connection, Logged);

    private protected override ILogStore Create(MigrationScripts scripts) => new PostgresLogStore(_connection, scripts, Logged);

    [Fact]
    public async Task Registries_that_open_older_tables_together_migrate_them_once()
    {
        await RestoreFirstVersion();
        await using var blocker = await Open();
        await using (var hold = await blocker.BeginTransactionAsync(Token))
        {
            // Both have begun before either can go on.
            await using (var command = new NpgsqlCommand("LOCK TABLE head IN SHARE ROW EXCLUSIVE MODE", blocker, hold))
                await command.ExecuteNonQueryAsync(Token);
            var opens = Enumerable.Range(0, 2).Select(_ => Task.Run(
                async () =>
                {
                    await using var store = Create(Scripts(Second, Third));
                    return await Patiently(store);
                },
                Token)).ToArray();
            await Eventually.Succeeds(
                async () => Assert.Equal("2", await Scalar($"""
                    SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND
                        (relation = 'head'::regclass OR locktype = 'advisory' AND (classid::bigint << 32) | objid::bigint = hashtextextended('{Schema}', 7400))
                    """)),
                TimeSpan.FromSeconds(60),
                "one registry waits for the table, and the other for its turn");
            await hold.RollbackAsync(Token);
            Assert.Single((await Task.WhenAll(opens)).Distinct());
        }

        Assert.Equal("3", await Version());
        Assert.Equal([1200, 1200], Logged.Ids);
    }

    [Fact]
    public async Task A_registry_of_the_version_before_that_still_runs_appends_nothing_to_migrated_tables()
    {
        await RestoreFirstVersion();
        await using var before = Create(Scripts());
        var script = new LogScript(before, await before.OpenAsync(Token));
        await script.Append("new/stream");
        await using (var after = Create(Scripts(Second))) Assert.Equal(script.Head, await after.OpenAsync(Token));

        var failure = await Assert.ThrowsAsync<LogStoreException>(async () => await script.Append("new/other"));
        Assert.False(failure.OutcomeUnknown);
        Assert.Contains("the tables have version 2, and this program knows versions up to 1", failure.Message, StringComparison.Ordinal);
        await using var again = Create(Scripts(Second));
        Assert.Equal(script.Head, await again.OpenAsync(Token));
        await LogChain.Verify(again);
    }

    [Fact]
    public async Task A_copy_of_older_tables_put_in_place_meanwhile_is_noticed()
    {
        await using var store = Create(Scripts(Second));
        await store.OpenAsync(Token);
        await SetVersion(1);
        var failure = await Assert.ThrowsAsync<LogStoreException>(async () => await store.ReadHeadAsync(Token));
        Assert.Contains("the tables have version 1, and this program opened them with version 2", failure.Message,
            StringComparison.Ordinal);
        Assert.Contains("Restart", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_waits_for_a_lock_no_longer_than_the_lock_timeout_and_says_what_it_waited_for()
    {
        await RestoreFirstVersion();
        await using var blocker = await Open();
        await using (var hold = await blocker.BeginTransactionAsync(Token))
        {
            await using (var command = new NpgsqlCommand("SELECT count(*) FROM log", blocker, hold))
                await command.ExecuteScalarAsync(Token);
            await using var impatient = new PostgresLogStore(_connection + ";Options=-c lock_timeout=100",
                Scripts(new Migration(2, "0002-alter.sql", "ALTER TABLE log ADD COLUMN more text")));
            var failure = await Assert.ThrowsAsync<LogStoreException>(async () => await impatient.OpenAsync(Token));
            Assert.Contains("0002-alter.sql", failure.Message, StringComparison.Ordinal);
            Assert.Contains("somebody else holds a lock", failure.Message, StringComparison.Ordinal);

            await using (var turn = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtextextended($1, 7400))", blocker, hold)
            {
                Parameters = { new() { Value = Schema } },
            })
                await turn.ExecuteNonQueryAsync(Token);
            var busy = await Assert.ThrowsAsync<LogStoreException>(async () => await impatient.OpenAsync(Token));
            Assert.Contains("another registry", busy.Message, StringComparison.Ordinal);
        }

        Assert.Equal("1", await Version());
    }

    protected override async Task RestoreFirstVersion()
    {
        var dump = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "Storage", "Version1", "postgres.sql"),
            Token);
        await Execute(dump.Replace("cdaprod_mesh", Schema, StringComparison.Ordinal));
    }

    protected override async Task Execute(string statement)
    {
        await using var connection = await Open();
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    protected override async Task<string> Scalar(string query)
    {
        await using var connection = await Open();
        await using var command = new NpgsqlCommand(query, connection);
        return $"{await command.ExecuteScalarAsync(Token)}";
    }

    protected override async Task<string> Tables() => (await Scalar($"""
        SELECT string_agg(line, E'\n' ORDER BY line) FROM (
            SELECT format('%s.%s %s null=%s default=%s collation=%s', table_name, column_name, data_type, is_nullable, column_default, collation_name) AS line
            FROM information_schema.columns WHERE table_schema = '{Schema}'
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = '{Schema}'
            UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = to_regnamespace('{Schema}')) AS lines
        """)).Replace(Schema, "", StringComparison.Ordinal);

    protected override Task<string> Version() => Scalar("SELECT schema FROM head");

    protected override Task SetVersion(int version) => Execute($"UPDATE head SET schema = {version}");

    /// <summary>As the registry does: tries again while somebody else has the lock for long.</summary>
    private static Task<LogPosition> Patiently(ILogStore store) =>
        Eventually.Succeeds(async () => await store.OpenAsync(Token), TimeSpan.FromSeconds(120), "the tables are migrated");

    private async Task<NpgsqlConnection> Open()
    {
        var connection = new NpgsqlConnection(_connection + ";Pooling=false");
        await connection.OpenAsync(Token);
        return connection;
    }
}
