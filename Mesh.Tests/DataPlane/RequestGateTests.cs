using Mesh.DataPlane.Resilience;

namespace Mesh.Tests.DataPlane;

public class RequestGateTests
{
    private static readonly CircuitBreakerConfig TwoAndOne = new() { MaxConnections = 2, MaxPending = 1 };
    private readonly RequestGate _gate = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task As_many_as_may_are_let_in_and_the_others_turned_away()
    {
        var limits = new CircuitBreakerConfig { MaxRequests = 2 };
        Assert.Equal([Overflow.None, Overflow.None, Overflow.Requests], [await Enter(limits), await Enter(limits), await Enter(limits)]);
        _gate.Leave(limits);
        Assert.Equal(Overflow.None, await Enter(limits));
        Assert.Equal((2, 1L), (_gate.Active, _gate.TurnedAway));
    }

    [Fact]
    public async Task Those_without_a_connection_wait_in_line_and_the_line_is_bounded()
    {
        await Enter(TwoAndOne);
        await Enter(TwoAndOne);
        var waiting = _gate.EnterAsync(TwoAndOne, true, Cancel);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(Overflow.Pending, await Enter(TwoAndOne));
        _gate.Leave(TwoAndOne);
        Assert.Equal(Overflow.None, await waiting);
        Assert.Equal((2, 0), (_gate.Active, _gate.Pending));
    }

    [Fact]
    public async Task Who_gives_up_waiting_leaves_the_line()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await Enter(TwoAndOne);
        await Enter(TwoAndOne);
        var waiting = _gate.EnterAsync(TwoAndOne, true, patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        Assert.Equal(0, _gate.Pending);
        _gate.Leave(TwoAndOne);
        _gate.Leave(TwoAndOne);
        Assert.Equal(0, _gate.Active);
    }

    [Fact]
    public async Task Requests_that_share_connections_do_not_wait_for_one()
    {
        for (var i = 0; i < 10; i++)
            Assert.Equal(Overflow.None, await _gate.EnterAsync(TwoAndOne, false, Cancel));
    }

    [Fact]
    public async Task Never_more_than_may_are_inside_however_many_come_at_once()
    {
        var limits = new CircuitBreakerConfig { MaxConnections = 3, MaxPending = 1_000 };
        var (inside, most) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => Task.Run(async () =>
        {
            Assert.Equal(Overflow.None, await _gate.EnterAsync(limits, true, Cancel));
            InterlockedMax(ref most, Interlocked.Increment(ref inside));
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            _gate.Leave(limits);
        }, Cancel)));
        Assert.Equal((0, 0), (_gate.Active, _gate.Pending));
        Assert.InRange(most, 1, 3);
    }

    private ValueTask<Overflow> Enter(CircuitBreakerConfig limits) => _gate.EnterAsync(limits, true, Cancel);

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
