using Mesh.Contracts.Waiting;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Kernel.Reconciling;

public class SignalWaitsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Signal _signal = new();

    [Fact]
    public async Task The_signal_ends_a_wait()
    {
        var wait = _signal.Next.OrAfterAsync(null, _time, TestContext.Current.CancellationToken);
        Assert.False(wait.IsCompleted);
        _signal.Set();
        await wait.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_clock_ends_a_wait_without_a_fault()
    {
        var wait = _signal.Next.OrAfterAsync(TimeSpan.FromSeconds(5), _time, TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(wait.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await wait.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_wait_for_a_part_of_a_millisecond_does_not_end_before_it_is_over()
    {
        var wait = _signal.Next.OrAfterAsync(TimeSpan.FromMicroseconds(500), _time, TestContext.Current.CancellationToken);
        Assert.False(wait.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await wait.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Who_stops_waiting_is_not_taken_for_one_who_was_signalled()
    {
        using var stop = new CancellationTokenSource();
        var wait = _signal.Next.OrAfterAsync(TimeSpan.FromSeconds(5), _time, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => wait);
    }
}
