using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Contracts.Discovery;
using Mesh.Kernel.Log;
using Mesh.Registry.History;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Discovery.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Registry;

/// <summary>An entry whose payload cannot be read: it is named, and everything else is served.</summary>
public sealed class UnreadablePayloadTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_entry_that_is_no_json_is_named_and_all_others_are_served_also_after_a_restart()
    {
        var port = FreePort.Next();
        await using (var before = RunningRegistry.Start(_folder.Path, port))
        {
            await before.Ready();
            await before.Register();
            await before.Kill();
        }

        await Append(Directory.GetFiles(_folder.Path, "*.db", SearchOption.AllDirectories).Single(), ServiceRegistered.EventType,
            "discovery/default/bad/i/bad-1", "\0\u0001 no json"u8.ToArray());
        for (var start = 0; start < 2; start++)
        {
            await using var registry = RunningRegistry.Start(_folder.Path, port);
            await registry.Ready();
            using var http = new HttpClient { BaseAddress = new Uri(registry.Url) };
            var items = (await http.GetFromJsonAsync<JsonElement>("/api/v1/events?limit=1000", Ending)).GetProperty("items")
                .EnumerateArray().ToList();
            var bad = items.Single(e => e.GetProperty("stream").GetString() == "discovery/default/bad/i/bad-1");
            Assert.Contains("not JSON", bad.GetProperty("dataFault").GetString());
            Assert.All(items.Where(e => e.GetProperty("sequence").GetInt64() != bad.GetProperty("sequence").GetInt64()), e =>
                Assert.True(e.TryGetProperty("data", out _) && !e.TryGetProperty("dataFault", out _), e.ToString()));
            Assert.Equal(HttpStatusCode.OK,
                (await http.GetAsync($"/api/v1/events?after={bad.GetProperty("sequence").GetInt64() - 1}&wait=1s", Ending)).StatusCode);
            Assert.Equal(HttpStatusCode.OK,
                (await http.GetAsync($"/api/v1/state?at={bad.GetProperty("sequence").GetInt64()}", Ending)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/v1/state", Ending)).StatusCode);
            await registry.Register();
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/discovery/services/echo", Ending)).StatusCode);
            await registry.Kill();
        }
    }

    [Fact]
    public async Task A_status_that_cannot_be_read_restates_nothing_and_ends_no_sweep()
    {
        await using var store = new SqliteLogStore(_folder.File("mesh.db"));
        var head = await store.OpenAsync(Ending);
        var log = new DiscoveryLog(head.Log);
        log.Register("a", 1);
        Assert.True(await store.TryAppendAsync(head, new LogBatch(log.Entries, []), Ending));
        await Append(store, InstanceHealthChanged.EventType, "discovery/default/echo/status", "{"u8.ToArray());
        var entries = await LogChain.Verify(store);
        var state = log.Folder.Apply(log.Folder.Empty(head.Log), entries);
        var time = new FakeTimeProvider(entries[^1].Time);
        using var retention = new StatusRetention(
            store, log.Folder, new Mesh.Kernel.State.StatePublisher(state), time, Options.Create(new StatusRetentionOptions()),
            NullLogger<StatusRetention>.Instance);
        Assert.Equal(0, await retention.SweepAsync(Ending));
        time.Advance(TimeSpan.FromDays(8));
        Assert.Equal(0, await retention.SweepAsync(Ending));
    }

    private static async Task Append(string file, string type, string stream, byte[] data)
    {
        await using var store = new SqliteLogStore(file);
        await store.OpenAsync(Ending);
        await Append(store, type, stream, data);
    }

    private static async Task Append(SqliteLogStore store, string type, string stream, byte[] data)
    {
        var head = await store.ReadHeadAsync(Ending);
        var before = (await store.ReadAsync(0, int.MaxValue, Ending).ToListAsync(Ending)).Where(e => e.Stream == stream)
            .Select(e => e.StreamVersion).LastOrDefault();
        var entry = new LogEntry
        {
            Log = head.Log, Sequence = head.Sequence + 1, Stream = stream, StreamVersion = before + 1, EventId = Guid.CreateVersion7(),
            Type = type,
            Time = head.Time, Actor = "user:test", CommandId = Guid.CreateVersion7(), Index = 0, Count = 1, Data = data,
            DataHash = EntryHash.OfData(data),
        };
        Assert.True(await store.TryAppendAsync(head, new LogBatch([entry with { Hash = EntryHash.Link(head.Hash, entry) }], []), Ending));
    }
}
