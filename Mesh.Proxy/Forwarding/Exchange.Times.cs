namespace Mesh.Proxy.Forwarding;

/// <summary>How long the request may take.</summary>
internal sealed partial class Exchange
{
    private CancellationTokenSource? _deadline;
    private TimeProvider? _time;
    private long _begun;

    /// <summary>The time of the whole request runs from now on.</summary>
    public void Runs(CancellationTokenSource deadline, TimeProvider time) => (_deadline, _time, _begun) = (deadline, time, time.GetTimestamp());

    /// <summary>It has become another protocol's. A timeout is for an answer: a WebSocket has it with the handshake, and is long by nature.</summary>
    private void Stands()
    {
        if (_deadline is null)
            return;
        var left = Action!.LongestLife - _time!.GetElapsedTime(_begun);
        _deadline.CancelAfter(left is not { } some ? Timeout.InfiniteTimeSpan : some > TimeSpan.Zero ? some : TimeSpan.Zero);
    }
}
