using Mesh.Contracts.Waiting;
using Mesh.Kernel.Reconciling;
using Mesh.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Kernel.Reconciling;

public class ReconcileQueueTests
{
    private readonly FakeTimeProvider _time = new();

    private static ReconcileKey Key(int number) => new("r", $"default/s{number}");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_stands_in_the_queue_once_however_often_it_is_added()
    {
        var queue = new ReconcileQueue(10, _time);
        for (var i = 0; i < 5; i++) queue.Add(Key(1));
        queue.Add(Key(2));

        Assert.Equal(Key(1), await queue.TakeAsync(Cancel));
        Assert.Equal(Key(2), await queue.TakeAsync(Cancel));
        Assert.False(queue.TakeAsync(Cancel).AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_key_added_while_it_is_worked_on_comes_again_afterwards_and_never_to_two_at_a_time()
    {
        var queue = new ReconcileQueue(10, _time);
        queue.Add(Key(1));
        Assert.Equal(Key(1), await queue.TakeAsync(Cancel));
        queue.Add(Key(1));
        queue.Add(Key(1));
        var second = queue.TakeAsync(Cancel).AsTask();
        Assert.False(second.IsCompleted);

        queue.Done(Key(1));
        Assert.Equal(Key(1), await second);
        queue.Done(Key(1));
        Assert.True(queue.Idle);
    }

    [Fact]
    public async Task A_key_for_later_comes_when_it_is_due_and_earlier_when_asked_for_earlier()
    {
        var queue = new ReconcileQueue(10, _time);
        queue.AddAfter(Key(1), TimeSpan.FromSeconds(10));
        queue.AddAfter(Key(1), TimeSpan.FromSeconds(20));
        var first = queue.TakeAsync(Cancel).AsTask();
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(first.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Key(1), await first);
        queue.Done(Key(1));

        queue.AddAfter(Key(1), TimeSpan.FromHours(1));
        queue.AddAfter(Key(1), TimeSpan.FromSeconds(1));
        var second = queue.TakeAsync(Cancel).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Key(1), await second);
        queue.Done(Key(1));

        queue.AddAfter(Key(1), TimeSpan.FromHours(1));
        queue.Add(Key(1));
        Assert.Equal(Key(1), await queue.TakeAsync(Cancel));
        queue.Done(Key(1));
        Assert.Equal(0, queue.Length);
    }

    [Fact]
    public async Task A_full_queue_drops_keys_and_says_so_once()
    {
        var queue = new ReconcileQueue(3, _time);
        var overflow = queue.OverflowAsync(Cancel).AsTask();
        for (var i = 0; i < 3; i++) queue.Add(Key(i));
        Assert.False(overflow.IsCompleted);
        queue.Add(Key(4));
        queue.AddAfter(Key(9), TimeSpan.FromSeconds(1));
        Assert.Equal(3, queue.Length);
        await overflow;
        Assert.False(queue.OverflowAsync(Cancel).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Who_adds_with_patience_waits_for_room()
    {
        var queue = new ReconcileQueue(2, _time);
        queue.Add(Key(1));
        queue.AddAfter(Key(2), TimeSpan.FromHours(1));
        var third = queue.AddAsync(Key(3), Cancel).AsTask();
        await queue.AddAsync(Key(1), Cancel);
        Assert.False(third.IsCompleted);
        await queue.TakeAsync(Cancel);
        await third;
        Assert.Equal(Key(3), await queue.TakeAsync(Cancel));
    }

    [Fact]
    public void Moments_that_have_passed_away_do_not_pile_up()
    {
        var queue = new ReconcileQueue(10, _time);
        for (var i = 0; i < 100_000; i++) queue.AddAfter(Key(1), TimeSpan.FromHours(10) - TimeSpan.FromMilliseconds(i));
        Assert.Equal(1, queue.Length);
        Assert.InRange(queue.Moments, 1, 100);
    }

    [Fact]
    public void Waiting_after_failures_doubles_up_to_a_limit_with_jitter()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2));
        var random = TestSeed.Draws(1);
        for (var failures = 1; failures < 200; failures++)
        {
            var full = Math.Min(2000, 100 * Math.Pow(2, failures - 1));
            Assert.InRange(backoff.After(failures, random).TotalMilliseconds, full / 2, full);
        }
    }
}
