using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Snapshots;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// The I/O of one ADS stream: one loop that reads, asks the machine what may go, and writes. A slow client is held up by its own transport
/// alone and gets the newest snapshot when it is ready again; nothing is queued for it. What it says is taken in even while it takes
/// nothing: it may have much to say before it reads. Flow step 7.
/// </summary>
internal sealed class AdsSession<TRequest, TResponse>(
    IAdsMachine<TRequest, TResponse> machine, SnapshotHub hub, TimeProvider time, IAsyncStreamReader<TRequest> requests,
    IServerStreamWriter<TResponse> responses,
    LargeResponses large, AbsenceCheck absence, Action<TResponse, int> writing)
    where TRequest : class, IMessage<TRequest> where TResponse : class, IMessage<TResponse>
{
    // The loop alone drives the machine; the lock is for those who look at it from outside.
    private readonly Lock _lock = new();
    private Task<bool> _read = Task.FromResult(true);
    private long _settled = -1;
    private Task? _asking;
    private long _question;

    /// <summary>
    /// The sequence up to which the client has answered everything that concerns it; null before the first. Safe from any thread.
    /// </summary>
    public long? Settled => Volatile.Read(ref _settled) is >= 0 and var sequence ? sequence : null;

    /// <summary>What the client was last sent. Safe from any thread.</summary>
    public IReadOnlyList<XdsResource> Holdings()
    {
        lock (_lock) return machine.Holdings();
    }

    /// <summary>Runs from the first request on, which the reader holds now, until the client ends the stream.</summary>
    /// <param name="scope">Whose stream it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(StreamScope scope, CancellationToken cancellationToken)
    {
        var snapshot = hub.Current;
        lock (_lock) machine.Open(scope, snapshot);
        Refuse(Take(requests.Current));
        _read = requests.MoveNext(cancellationToken);
        while (true)
        {
            while (Next() is { } response) await WriteAsync(response, cancellationToken);
            Volatile.Write(ref _settled, machine.Settled ?? _settled);
            Ask(cancellationToken);
            await SomethingAsync(snapshot.Generation, cancellationToken);
            var answered = _asking is { IsCompleted: true };
            if (answered) await _asking!;
            // Read after the answer, which speaks of this snapshot or of one before.
            snapshot = hub.Current;
            lock (_lock) machine.Publish(snapshot);
            if (answered) Release();
            if (!_read.IsCompleted) continue;
            if (!await _read) return;
            Refuse(TakeNext(cancellationToken));
        }
    }

    /// <summary>
    /// Begins to find out whether names that are not in the snapshot exist; one question at a time, what is asked meanwhile is the next.
    /// </summary>
    private void Ask(CancellationToken cancellationToken)
    {
        if (_asking is not null || machine.Question is not { } question) return;
        _question = question;
        _asking = absence.WaitAsync(cancellationToken);
    }

    private void Release()
    {
        _asking = null;
        lock (_lock) machine.Release(_question);
    }

    private async Task WriteAsync(TResponse response, CancellationToken cancellationToken)
    {
        var bytes = response.CalculateSize();
        writing(response, bytes);
        var write = large.WriteAsync(bytes, () => responses.WriteAsync(response, cancellationToken), cancellationToken);
        string? wrong = null;
        while (wrong is null && await Task.WhenAny(write, _read) == _read)
        {
            // The reader's end is the loop's business, once this is written.
            if (!_read.IsCompletedSuccessfully || !await _read) break;
            wrong = TakeNext(cancellationToken);
        }

        await write;
        Refuse(wrong);
    }

    private async Task SomethingAsync(long generation, CancellationToken cancellationToken)
    {
        var news = hub.NewerThanAsync(generation);
        var asking = _asking ?? _read;
        if (machine.Wake is not { } wake)
        {
            await Task.WhenAny(_read, news, asking);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = wake - time.GetUtcNow();
        await Task.WhenAny(_read, news, asking, Task.Delay(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, time, stop.Token));
        await stop.CancelAsync();
    }

    private TResponse? Next()
    {
        lock (_lock) return machine.Next();
    }

    private string? TakeNext(CancellationToken cancellationToken)
    {
        var wrong = Take(requests.Current);
        _read = requests.MoveNext(cancellationToken);
        return wrong;
    }

    private string? Take(TRequest request)
    {
        lock (_lock) return machine.Receive(request);
    }

    private static void Refuse(string? wrong)
    {
        if (wrong is not null) throw new RpcException(new Status(StatusCode.InvalidArgument, wrong));
    }
}
