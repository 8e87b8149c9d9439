using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Contracts.V1;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Messaging.Registries;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;
using LogClient = Mesh.Contracts.V1.Log.LogClient;

namespace Mesh.Tests.Kernel.Replication;

public class LogServiceTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private RegistryHarness _registry = null!;
    private GrpcChannel _channel = null!;
    private LogClient _client = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _registry = new RegistryHarness(_folder.Path, null);
        await _registry.StartAsync();
        _channel = GrpcChannel.ForAddress(_registry.Address);
        _client = new LogClient(_channel);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _registry.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task ReadLog_gives_whole_commands_up_to_the_head_and_ends()
    {
        for (var i = 1; i <= 5; i++) await _registry.SetAsync(("a", i), ("b", i), ("c", i));
        using var all = _client.ReadLog(new(), cancellationToken: Cancel);
        var pages = await all.ResponseStream.ReadAllAsync(Cancel).ToListAsync(Cancel);
        Assert.Equal(Enumerable.Range(1, 15).Select(i => (long)i), pages.SelectMany(page => page.Entries).Select(entry => entry.Sequence));

        using var few = _client.ReadLog(new() { AfterSequence = 3, Limit = 4 }, cancellationToken: Cancel);
        var entries = (await few.ResponseStream.ReadAllAsync(Cancel).ToListAsync(Cancel)).SelectMany(page => page.Entries).ToList();
        Assert.Equal((4, 9), (entries[0].Sequence, entries[^1].Sequence));
    }

    [Fact]
    public async Task TailLog_tells_the_head_at_once_and_every_second_and_entries_as_they_happen()
    {
        await _registry.SetAsync(("a", 1));
        var head = await _client.GetHeadAsync(new(), cancellationToken: Cancel);
        using var tail = _client.TailLog(
            new() { LogId = head.LogId, Epoch = head.Epoch, AfterSequence = head.Sequence, AfterHash = head.Hash },
            cancellationToken: Cancel);
        for (var i = 0; i < 2; i++)
        {
            Assert.True(await tail.ResponseStream.MoveNext(Cancel));
            Assert.Equal(head, tail.ResponseStream.Current.Head);
            Assert.Empty(tail.ResponseStream.Current.Entries);
        }

        await _registry.SetAsync(("a", 2), ("b", 2));
        do Assert.True(await tail.ResponseStream.MoveNext(Cancel));
        while (tail.ResponseStream.Current.Entries.Count == 0);
        Assert.Equal([2, 3], tail.ResponseStream.Current.Entries.Select(entry => EntryWire.FromMessage(entry).Sequence));
    }

    [Theory]
    [InlineData("log")]
    [InlineData("epoch")]
    [InlineData("hash")]
    [InlineData("beyond")]
    public async Task TailLog_from_a_position_that_is_not_in_the_log_is_refused_as_another_log(string what)
    {
        await _registry.SetAsync(("a", 1));
        var head = await _client.GetHeadAsync(new(), cancellationToken: Cancel);
        var request = new TailLogRequest { LogId = head.LogId, Epoch = head.Epoch, AfterSequence = 1, AfterHash = head.Hash };
        if (what == "log") request.LogId = Guid.NewGuid().ToString();
        if (what == "epoch") request.Epoch++;
        if (what == "hash") request.AfterHash = Google.Protobuf.ByteString.CopyFrom(new byte[32]);
        if (what == "beyond") request.AfterSequence = 5;
        using var tail = _client.TailLog(request, cancellationToken: Cancel);
        var refused = await Assert.ThrowsAsync<RpcException>(() => tail.ResponseStream.MoveNext(Cancel));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.StartsWith("another-log", refused.Status.Detail);
    }

    [Fact]
    public async Task A_tail_that_its_reader_ends_is_a_cancellation_and_no_failure()
    {
        using var channels = new RegistryChannels(new ReplicaOptions { Registries = [new Uri(_registry.Address)] });
        var client = new GrpcLogClient(channels, TimeProvider.System);
        for (var i = 0; i < 50; i++)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var tail = Task.Run(
                async () =>
                {
                    await foreach (var page in client.TailAsync(_registry.State.Position, end.Token)) Assert.Empty(page.Entries);
                },
                Cancel);

            // Now in the middle of the call's beginning, now of a read.
            if (i % 2 == 0) await client.ReadHeadAsync(Cancel);
            await end.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tail);
        }
    }

    [Fact]
    public async Task GetSnapshot_gives_the_state_of_this_fold_and_knows_no_other()
    {
        await _registry.SetAsync(("a", 1), ("b", 2));
        var folder = new StateFolder([new CounterFold()]);
        using var call = _client.GetSnapshot(new() { Fingerprint = folder.Fingerprint }, cancellationToken: Cancel);
        var chunks = await call.ResponseStream.ReadAllAsync(Cancel).ToListAsync(Cancel);
        var state = StateSnapshot.Load(folder, chunks.SelectMany(chunk => chunk.Data).ToArray());
        Assert.Equal(EntryWire.FromHead(chunks[0].Position), state.Position);
        Assert.Equal(2, state.Facts<CounterState>().Values["b"]);

        using var other = _client.GetSnapshot(new() { Fingerprint = "another" }, cancellationToken: Cancel);
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => other.ResponseStream.MoveNext(Cancel))).StatusCode);
    }

    [Fact]
    public async Task A_tail_whose_reader_takes_nothing_is_disconnected_and_holds_up_neither_writer_nor_other_readers()
    {
        Assert.Equal(0, SlowConsumers.Count);
        using var slow = _client.TailLog(new(), cancellationToken: Cancel);
        Assert.True(await slow.ResponseStream.MoveNext(Cancel));
        using var quickChannel = GrpcChannel.ForAddress(_registry.Address);
        using var quick = new LogClient(quickChannel).TailLog(new(), cancellationToken: Cancel);
        var reading = Task.Run(async () =>
        {
            var last = 0L;
            while (last < 4_000 && await quick.ResponseStream.MoveNext(Cancel))
                last = quick.ResponseStream.Current.Entries.LastOrDefault()?.Sequence ?? last;
            return last;
        }, Cancel);

        // Far more than flow control lets through to a reader that does not read.
        var large = new string('x', 2_000);
        for (var i = 1; i <= 20; i++) await _registry.SetAsync([.. Enumerable.Range(0, 200).Select(n => ($"{large}{n}", i))]);
        Assert.Equal(4_000, await reading);
        await Eventually.True(() => SlowConsumers.Count > 0, TimeSpan.FromSeconds(60), "the slow reader was disconnected and counted");
    }
}
