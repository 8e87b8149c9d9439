namespace Mesh.DataPlane.Calls;

/// <summary>The time of a whole call.</summary>
internal sealed class CallDeadline : CancellationTokenSource
{
    private readonly TimeProvider _time;
    private readonly long _begun;

    /// <summary>The time runs from now on.</summary>
    public CallDeadline(TimeSpan timeout, TimeProvider time) : base(timeout, time) => (_time, _begun) = (time, time.GetTimestamp());

    /// <summary>
    /// The connection has become another protocol's. A timeout is for an answer: a WebSocket has it with the handshake, and is long by
    /// nature.
    /// </summary>
    /// <param name="longest">How long it may last since the call began, or null for ever.</param>
    public void Extend(TimeSpan? longest)
    {
        var left = longest - _time.GetElapsedTime(_begun);
        CancelAfter(left is not { } some ? Timeout.InfiniteTimeSpan : some > TimeSpan.Zero ? some : TimeSpan.Zero);
    }
}
