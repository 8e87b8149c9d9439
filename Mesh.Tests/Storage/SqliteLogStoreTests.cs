using Mesh.Kernel.Log;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Support;

namespace Mesh.Tests.Storage;

public sealed class SqliteLogStoreTests : LogStoreContract
{
    private readonly TempFolder _folder = new();

    protected override Task Prepare() => Task.CompletedTask;

    protected override ILogStore Create() => new SqliteLogStore(_folder.File("mesh.db"));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_full_disk_refuses_the_append_and_writes_nothing_half()
    {
        await using var disk = await SmallDisk.Mount(megabytes: 2);
        await using var store = new SqliteLogStore(Path.Combine(disk.Path, "mesh.db"));
        var script = await LogScript.Open(store);
        await script.Append("a");
        disk.Fill();
        string[] many = [.. Enumerable.Range(0, 5_000).Select(i => $"s/{i}")];
        await Assert.ThrowsAsync<LogStoreException>(async () => await script.Append(many));
        Assert.Single(await LogChain.Verify(store));

        disk.Free();
        await script.Append(many);
        Assert.Equal(5_001, (await LogChain.Verify(store)).Count);
    }

    [Fact]
    public async Task A_file_that_is_no_log_is_refused_by_name()
    {
        var path = _folder.File("other.db");
        await File.WriteAllTextAsync(path, string.Concat(Enumerable.Repeat("This is not a database. ", 100)), Token);
        await using var store = new SqliteLogStore(path);
        var failure = await Assert.ThrowsAsync<UnusableLogException>(async () => await store.OpenAsync(Token));
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains("Restore a copy", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_whose_pages_are_damaged_is_refused_by_name_and_a_locked_one_is_waited_for()
    {
        var path = _folder.File("damaged.db");
        await using (var store = new SqliteLogStore(path)) await (await LogScript.Open(store)).Append("a");
        await using (var holder = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await holder.OpenAsync(Token);
            var begin = holder.CreateCommand();
            begin.CommandText = "BEGIN EXCLUSIVE";
            await begin.ExecuteNonQueryAsync(Token);
            await using var waiting = new SqliteLogStore(path);
            Assert.Contains("locked", (await Assert.ThrowsAsync<LogStoreException>(async () => await waiting.OpenAsync(Token))).Message,
                StringComparison.Ordinal);
        }

        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes.AsSpan(100).Fill(0xFF);
        await File.WriteAllBytesAsync(path, bytes, Token);
        await using var again = new SqliteLogStore(path);
        var failure = await Assert.ThrowsAsync<UnusableLogException>(async () => await again.OpenAsync(Token));
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_of_a_newer_build_are_refused_by_their_version()
    {
        var path = _folder.File("newer.db");
        await using (var store = new SqliteLogStore(path)) await store.OpenAsync(Token);
        await using (var raw = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await raw.OpenAsync(Token);
            var command = raw.CreateCommand();
            command.CommandText = "UPDATE meta SET value = '7' WHERE key = 'schema'";
            await command.ExecuteNonQueryAsync(Token);
        }

        await using var again = new SqliteLogStore(path);
        var failure = await Assert.ThrowsAsync<UnusableLogException>(async () => await again.OpenAsync(Token));
        Assert.Contains("version 7", failure.Message, StringComparison.Ordinal);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
    }
}
