using System.Diagnostics.Metrics;
using Grpc.Core;
using Mesh.Contracts.V1;
using Mesh.Kernel;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;

namespace Mesh.Registry.Grpc;

/// <summary>
/// Serves <c>TailLog</c> streams (Flow step 4). Each pulls from its own position, so nothing is queued for a slow reader; one that takes
/// nothing at all for <see cref="Patience"/> is disconnected and counted, since it holds a connection for nothing.
/// </summary>
internal sealed class LogTails(ICommittedFeed feed, IHostApplicationLifetime host, TimeProvider time, ILogger<LogTails> logger)
{
    /// <summary>How long one message may wait for its reader.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan HeadEvery = TimeSpan.FromSeconds(1);
    private static readonly UpDownCounter<int> Streams = KernelTelemetry.Meter.CreateUpDownCounter<int>("cdaprod.mesh.log.tails",
        "{stream}", "Open TailLog streams.");
    private static readonly Counter<long> Slow = KernelTelemetry.Meter.CreateCounter<long>("cdaprod.mesh.log.slow_consumers", "{stream}",
        "TailLog streams ended because their reader read nothing.");

    public async Task ServeAsync(LogIdentity log, long position, IServerStreamWriter<LogEntries> stream, ServerCallContext context)
    {
        // A stream without an end would hold up the end of the host.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, host.ApplicationStopping);
        Streams.Add(1);
        try
        {
            while (true)
            {
                end.Token.ThrowIfCancellationRequested();
                if (feed.Head is var head && (head.Log != log || head.Sequence < position))
                    throw LogFaults.AnotherLog($"the log has become {head.Log}, ending at {head.Sequence}");
                var entries = await feed.ReadAsync(position, LogPages.Entries, end.Token);
                if (entries.Count == 0)
                {
                    // The head alone: it says that the stream lives, and lets a replica see that it is level.
                    await WriteAsync(stream, new LogEntries { Head = EntryWire.ToHead(head) }, context);
                    await WaitAsync(position, end.Token);
                    continue;
                }

                foreach (var page in LogPages.Split(feed.Head, entries)) await WriteAsync(stream, page, context);
                position = entries[^1].Sequence;
            }
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            // The reader has gone.
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The Registry is stopping: go on with another, or when it is back."));
        }
        finally
        {
            Streams.Add(-1);
        }
    }

    private async ValueTask WaitAsync(long position, CancellationToken cancellationToken)
    {
        using var glance = new CancellationTokenSource(HeadEvery, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, glance.Token);
        try
        {
            await feed.WaitAsync(position, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing has happened for a second: time for the head again.
        }
    }

    private async ValueTask WriteAsync(IServerStreamWriter<LogEntries> stream, LogEntries page, ServerCallContext context)
    {
        var write = stream.WriteAsync(page, context.CancellationToken);
        try
        {
            await write.WaitAsync(Patience, time, context.CancellationToken);
        }
        catch (TimeoutException)
        {
            Slow.Add(1);
            LogServiceLog.SlowConsumer(logger, context.Peer, page.Head.Sequence);

            // The stream is stuck, so no status would reach the reader either: reset it.
            context.GetHttpContext().Abort();
            await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new RpcException(new Status(StatusCode.ResourceExhausted, "slow-consumer"));
        }
    }
}
