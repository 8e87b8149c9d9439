using Mesh.Kernel.Log;
using Mesh.Storage.Migrations;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Storage;

/// <summary>How tables come to the program's version; each rule runs against SQLite and PostgreSQL.</summary>
public abstract class MigrationContract : IAsyncLifetime
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What the stores of this test have logged.</summary>
    private protected SeenEvents<SqliteLogStore> Logged { get; } = new();

    /// <summary>The released scripts of this store.</summary>
    private protected abstract MigrationScripts Released { get; }

    /// <summary>A second version whose statements hold semicolons where no statement ends.</summary>
    private protected abstract Migration Second { get; }

    private protected Migration Third { get; } = new(3, "0003-origin.sql",
        "ALTER TABLE note ADD COLUMN origin text; UPDATE note SET origin = 'second' WHERE kind = 'a;b';");

    private protected Migration BrokenThird { get; } = new(3, "0003-broken.sql",
        "CREATE TABLE half (id integer); INSERT INTO note SELECT kind || '2' FROM note; INSERT INTO nowhere VALUES (1);");

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>A store of the program as it is.</summary>
    protected abstract ILogStore Present();

    /// <summary>A store of a program with other scripts.</summary>
    private protected abstract ILogStore Create(MigrationScripts scripts);

    /// <summary>Makes the database from the dump of one that the first version wrote.</summary>
    protected abstract Task RestoreFirstVersion();

    protected abstract Task Execute(string statement);

    protected abstract Task<string> Scalar(string query);

    /// <summary>All tables and indexes, as text.</summary>
    protected abstract Task<string> Tables();

    /// <summary>The version that the database says.</summary>
    protected abstract Task<string> Version();

    protected abstract Task SetVersion(int version);

    [Fact]
    public async Task A_database_written_by_the_first_version_is_read_verified_and_appended_to()
    {
        await RestoreFirstVersion();
        await using (var store = Present())
        {
            var head = await store.OpenAsync(Token);
            Assert.Equal((2, 6), (head.Log.Epoch, head.Sequence));
            var entries = await LogChain.Verify(store);
            Assert.Equal(["m/ns/echo", "m/ns/echo/status", "m/ns/echo/i/1", "m/ns/echo/status", "m/ns/other", "m/ns/third"],
                entries.Select(entry => entry.Stream));
            Assert.Equal([2], entries.Where(entry => entry.DataDropped).Select(entry => entry.Sequence));
            Assert.Equal("""{"n":5,"text":"äöü €"}""", System.Text.Encoding.UTF8.GetString(entries[4].Data.Span));
            Assert.Equal("5", await store.GetValueAsync("relay", Token));
            Assert.Equal(5, (await store.LoadSnapshotAsync("fold-1", Token))!.Position.Sequence);
            Assert.Equal(4, Assert.Single(await store.FindCommandsAsync([new("user:ann", "first-key")], Token)).FirstSequence);
            await new LogScript(store, head).Append("new/stream");
        }

        await using var again = Present();
        Assert.Equal(7, (await again.OpenAsync(Token)).Sequence);
        await LogChain.Verify(again);
    }

    [Fact]
    public async Task A_database_of_the_first_version_ends_with_the_tables_of_a_new_one()
    {
        await RestoreFirstVersion();
        await using (var old = Present()) await old.OpenAsync(Token);
        var (tables, version) = (await Tables(), await Version());
        await DisposeAsync();
        await InitializeAsync();
        await using (var made = Present()) await made.OpenAsync(Token);
        Assert.Equal(await Tables(), tables);
        Assert.Equal(await Version(), version);
        Assert.Equal($"{Released.Latest}", version);
    }

    [Fact]
    public async Task A_database_of_this_version_is_opened_as_it_is()
    {
        await using (var store = Present()) await store.OpenAsync(Token);
        Assert.Equal(Released.Latest, Logged.Ids.Count);
        await using (var store = Present()) await store.OpenAsync(Token);
        Assert.Equal(Released.Latest, Logged.Ids.Count);
    }

    [Fact]
    public async Task Older_tables_are_migrated_script_by_script_each_logged_in_a_line()
    {
        await RestoreFirstVersion();
        await using (var second = Create(Scripts(Second))) await second.OpenAsync(Token);
        Assert.Equal("2", await Version());
        Assert.Equal("a;b", await Scalar("SELECT kind FROM note"));

        await using (var third = Create(Scripts(Second, Third)))
        {
            var head = await third.OpenAsync(Token);
            await new LogScript(third, head).Append("new/stream");
            Assert.Equal(7, (await LogChain.Verify(third)).Count);
        }

        Assert.Equal("3", await Version());
        Assert.Equal("second", await Scalar("SELECT origin FROM note WHERE kind = 'a;b'"));
        Assert.Collection(
            Logged.Texts,
            line => Assert.Contains("migrated the tables from version 1 to 2 by 0002-note.sql", line.Text, StringComparison.Ordinal),
            line => Assert.Contains("migrated the tables from version 2 to 3 by 0003-origin.sql", line.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_database_goes_through_all_scripts()
    {
        await using var store = Create(Scripts(Second, Third));
        await (await LogScript.Open(store)).Append("a");
        Assert.Equal("3", await Version());
        Assert.Equal("second", await Scalar("SELECT origin FROM note WHERE kind = 'a;b'"));
        Assert.Equal([1201, 1200, 1200], Logged.Ids);
    }

    [Fact]
    public async Task A_script_that_fails_in_its_middle_leaves_tables_and_version_and_says_which_it_was_and_why()
    {
        await RestoreFirstVersion();
        await using (var second = Create(Scripts(Second))) await second.OpenAsync(Token);
        var tables = await Tables();
        await using (var broken = Create(Scripts(Second, BrokenThird)))
        {
            var failure = await Assert.ThrowsAsync<LogStoreException>(async () => await broken.OpenAsync(Token));
            Assert.False(failure.OutcomeUnknown);
            Assert.Contains(broken.Description, failure.Message, StringComparison.Ordinal);
            Assert.Contains("0003-broken.sql to version 3 failed, and the tables keep version 2", failure.Message,
                StringComparison.Ordinal);
            Assert.Contains("nowhere", failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', failure.Message);
        }

        Assert.Equal("2", await Version());
        Assert.Equal(tables, await Tables());
        Assert.Equal("1", await Scalar("SELECT count(*) FROM note"));

        // The program before goes on with it, and so does a later one whose script is right.
        await using (var second = Create(Scripts(Second))) await new LogScript(second, await second.OpenAsync(Token)).Append("new/stream");
        await using var third = Create(Scripts(Second, Third));
        Assert.Equal(7, (await third.OpenAsync(Token)).Sequence);
        Assert.Equal("3", await Version());
    }

    [Fact]
    public async Task A_first_failure_leaves_an_empty_database()
    {
        await using (var broken = Create(
            new MigrationScripts([new Migration(1, "0001-broken.sql", "CREATE TABLE half (id integer); INSERT INTO nowhere VALUES (1);")])))
        {
            var failure = await Assert.ThrowsAsync<LogStoreException>(async () => await broken.OpenAsync(Token));
            Assert.Contains("0001-broken.sql", failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal("", await Tables());
        await using var store = Present();
        await (await LogScript.Open(store)).Append("a");
    }

    [Theory]
    [InlineData("COMMIT")]
    [InlineData("ROLLBACK")]
    public async Task A_script_cannot_end_its_transaction(string statement)
    {
        await RestoreFirstVersion();
        var tables = await Tables();
        await using var store = Create(
            Scripts(new Migration(2, "0002-half.sql", $"CREATE TABLE half (id integer); {statement}; INSERT INTO nowhere VALUES (1);")));
        var failure = await Assert.ThrowsAsync<LogStoreException>(async () => await store.OpenAsync(Token));
        Assert.Contains("0002-half.sql", failure.Message, StringComparison.Ordinal);
        Assert.Equal("1", await Version());
        Assert.Equal(tables, await Tables());
    }

    [Fact]
    public async Task Tables_of_a_newer_version_are_refused_with_both_versions_and_what_to_do()
    {
        await RestoreFirstVersion();
        await SetVersion(7);
        var tables = await Tables();
        await using var store = Create(Scripts(Second));
        var failure = await Assert.ThrowsAsync<UnusableLogException>(async () => await store.OpenAsync(Token));
        Assert.StartsWith(store.Description, failure.Message, StringComparison.Ordinal);
        Assert.Contains("the tables have version 7, and this program knows versions up to 2", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Start a program that knows version 7, or restore a copy", failure.Message, StringComparison.Ordinal);
        Assert.Equal("7", await Version());
        Assert.Equal(tables, await Tables());
        Assert.Empty(Logged.Texts);
    }

    [Fact]
    public async Task Tables_without_a_version_are_refused()
    {
        await RestoreFirstVersion();
        await SetVersion(0);
        await using var store = Create(Scripts(Second));
        var failure = await Assert.ThrowsAsync<UnusableLogException>(async () => await store.OpenAsync(Token));
        Assert.Contains("has no version", failure.Message, StringComparison.Ordinal);
        Assert.Equal("0", await Version());
    }

    /// <summary>The first released script, and these.</summary>
    private protected MigrationScripts Scripts(params Migration[] further) => new([Released.After(0, "")!, .. further]);
}
