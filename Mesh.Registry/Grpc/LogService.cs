using Grpc.Core;
using Mesh.Contracts.V1;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Registry.Grpc;

/// <summary><c>cdaprod.mesh.v1.Log</c>: the log for replicas and auditors (Flow steps 4 and 5), in whole commands.</summary>
internal sealed class LogService(ILogStore store, ICommittedFeed feed, IStateSource states, LogSnapshots snapshots, LogTails tails,
    TimeProvider time) : Contracts.V1.Log.LogBase
{
    private const int ChunkBytes = 256 * 1024;
    private static readonly TimeSpan CatchUpTime = TimeSpan.FromSeconds(2);

    public override Task<LogHead> GetHead(GetHeadRequest request, ServerCallContext context) => LogFaults.MappedAsync(async () =>
    {
        ThrowIfStarting();
        return EntryWire.ToHead(await store.ReadHeadAsync(context.CancellationToken));
    });

    public override Task ReadLog(ReadLogRequest request, IServerStreamWriter<LogEntries> responseStream, ServerCallContext context) =>
        LogFaults.MappedAsync(async () =>
    {
        ThrowIfStarting();
        if (request.AfterSequence < 0 || request.Limit < 0)
            throw LogFaults.Invalid($"after_sequence and limit must not be negative: {request.AfterSequence}, {request.Limit}.");
        var end = await CaughtUpAsync(context.CancellationToken);
        var (position, left) = (request.AfterSequence, request.Limit == 0 ? long.MaxValue : request.Limit);
        while (position < end && left > 0)
        {
            var entries = await feed.ReadAsync(position, (int)Math.Min(left, LogPages.Entries), context.CancellationToken);
            if (entries.Count == 0) break;
            foreach (var page in LogPages.Split(feed.Head, entries)) await responseStream.WriteAsync(page, context.CancellationToken);
            position = entries[^1].Sequence;
            left -= entries.Count;
        }
    });

    public override Task TailLog(TailLogRequest request, IServerStreamWriter<LogEntries> responseStream, ServerCallContext context) =>
        LogFaults.MappedAsync(async () =>
    {
        ThrowIfStarting();
        var log = feed.Head.Log;
        if (request.LogId.Length > 0 && (!Guid.TryParse(request.LogId, out var id) || log != new LogIdentity(id, request.Epoch)))
            throw LogFaults.AnotherLog($"this is log {log}, not {request.LogId}/{request.Epoch}");
        if (request.AfterSequence < 0) throw LogFaults.Invalid($"after_sequence must not be negative: {request.AfterSequence}.");
        if (request.AfterSequence > feed.Head.Sequence && request.AfterSequence > await CaughtUpAsync(context.CancellationToken))
            throw LogFaults.AnotherLog($"this log ends at {feed.Head.Sequence}, before {request.AfterSequence}");
        if (request.AfterHash.Length > 0 && request.AfterSequence > 0) await CheckHashAsync(request, context.CancellationToken);
        await tails.ServeAsync(log, request.AfterSequence, responseStream, context);
    });

    public override Task GetSnapshot(GetSnapshotRequest request, IServerStreamWriter<SnapshotChunk> responseStream,
        ServerCallContext context) => LogFaults.MappedAsync(async () =>
    {
        ThrowIfStarting();
        var snapshot = await snapshots.FindAsync(request.Fingerprint, context.CancellationToken)
            ?? throw new RpcException(
                new Status(StatusCode.NotFound, $"No state is kept for the fold {request.Fingerprint}: read the log from its beginning."));
        for (var at = 0; at < snapshot.Data.Length; at += ChunkBytes)
        {
            var chunk = new SnapshotChunk
            {
                Data = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(snapshot.Data[at..Math.Min(snapshot.Data.Length, at + ChunkBytes)]),
            };
            if (at == 0) chunk.Position = EntryWire.ToHead(snapshot.Position);
            await responseStream.WriteAsync(chunk, context.CancellationToken);
        }
    });

    /// <summary>
    /// The head to serve up to. Where other Registries write too, it is the database's, once this process has followed it.
    /// </summary>
    private async ValueTask<long> CaughtUpAsync(CancellationToken cancellationToken)
    {
        if (!store.Shared) return feed.Head.Sequence;
        var head = await store.ReadHeadAsync(cancellationToken);
        if (head.Sequence <= feed.Head.Sequence) return feed.Head.Sequence;
        using var patience = new CancellationTokenSource(CatchUpTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            return (await states.WaitForAsync(head.Sequence, either.Token)).Sequence;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(
                new Status(StatusCode.Unavailable,
                    $"This Registry is at {feed.Head.Sequence} and not at the head {head.Sequence} yet: try again."));
        }
    }

    private async ValueTask CheckHashAsync(TailLogRequest request, CancellationToken cancellationToken)
    {
        var entries = await feed.ReadAsync(request.AfterSequence - 1, 1, cancellationToken);
        if (entries.Count == 0 || !entries[0].Hash.ToArray().AsSpan().SequenceEqual(request.AfterHash.Span))
            throw LogFaults.AnotherLog($"entry {request.AfterSequence} of this log has another hash");
    }

    private void ThrowIfStarting()
    {
        if (feed.Head.Log == default)
            throw new RpcException(new Status(StatusCode.Unavailable, "The Registry is still reading its log: try again in a moment."));
    }
}
