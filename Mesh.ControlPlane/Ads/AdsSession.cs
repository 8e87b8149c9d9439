using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Snapshots;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// The I/O of one ADS stream: one loop that reads, asks the machine what may go, and writes. A slow client is held up by its own transport alone
/// and gets the newest snapshot when it is ready again; nothing is queued for it. Flow step 7.
/// </summary>
internal sealed class AdsSession<TRequest, TResponse>(
    IAdsMachine<TRequest, TResponse> machine, SnapshotHub hub, TimeProvider time, IAsyncStreamReader<TRequest> requests, IServerStreamWriter<TResponse> responses)
    where TRequest : class, IMessage<TRequest> where TResponse : class, IMessage<TResponse>
{
    // The loop alone drives the machine; the lock is for those who look at it from outside.
    private readonly Lock _lock = new();

    /// <summary>What the client was last sent. Safe from any thread.</summary>
    public IReadOnlyList<XdsResource> Holdings()
    {
        lock (_lock) return machine.Holdings();
    }

    /// <summary>Runs from the first request on, until the client ends the stream.</summary>
    /// <param name="first">The request that the reader holds now.</param>
    /// <param name="scope">Whose stream it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(TRequest first, StreamScope scope, CancellationToken cancellationToken)
    {
        var snapshot = hub.Current;
        lock (_lock) machine.Open(scope, snapshot);
        Take(first);
        var read = requests.MoveNext(cancellationToken);
        while (true)
        {
            while (Next() is { } response) await responses.WriteAsync(response, cancellationToken);
            await Something(read, snapshot.Generation, cancellationToken);
            snapshot = hub.Current;
            lock (_lock) machine.Publish(snapshot);
            if (!read.IsCompleted) continue;
            if (!await read) return;
            Take(requests.Current);
            read = requests.MoveNext(cancellationToken);
        }
    }

    private async Task Something(Task<bool> read, long generation, CancellationToken cancellationToken)
    {
        var news = hub.NewerThan(generation);
        if (machine.Wake is not { } wake)
        {
            await Task.WhenAny(read, news);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = wake - time.GetUtcNow();
        await Task.WhenAny(read, news, Task.Delay(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, time, stop.Token));
        await stop.CancelAsync();
    }

    private TResponse? Next()
    {
        lock (_lock) return machine.Next();
    }

    private void Take(TRequest request)
    {
        string? wrong;
        lock (_lock) wrong = machine.Receive(request);
        if (wrong is not null) throw new RpcException(new Status(StatusCode.InvalidArgument, wrong));
    }
}
