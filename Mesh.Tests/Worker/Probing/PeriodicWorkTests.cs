using System.Collections.Concurrent;
using Mesh.Discovery.Probing.Scheduling;
using Mesh.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Worker.Probing;

public class PeriodicWorkTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ConcurrentQueue<string> _done = new();
    private readonly CancellationTokenSource _end = new();

    [Fact]
    public async Task Work_is_done_when_due_again_and_again_until_it_is_stopped()
    {
        var work = new PeriodicWork<string>(Note, 4, _time);
        var running = work.RunAsync(_end.Token);
        work.Start("a", TimeSpan.Zero);
        work.Start("b", TimeSpan.FromSeconds(5));
        await Eventually.True(() => _done.SequenceEqual(["a"]), TimeSpan.FromSeconds(60), "a at once");
        await Until(() => _done.Count(key => key == "b") == 2, "b twice");
        work.Stop("a");
        var before = _done.Count(key => key == "a");
        await Until(() => _done.Count(key => key == "b") == 4, "b goes on");
        Assert.InRange(_done.Count(key => key == "a"), before, before + 1);
        Assert.Equal(1, work.Count);
        await _end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task What_hangs_delays_nothing_else_and_takes_one_place()
    {
        var hang = new TaskCompletionSource();
        var most = 0;
        var now = 0;
        var work = new PeriodicWork<string>(
            async (key, cancel) =>
            {
                InterlockedMax(ref most, Interlocked.Increment(ref now));
                if (key.StartsWith("hang", StringComparison.Ordinal)) await hang.Task.WaitAsync(cancel);
                Interlocked.Decrement(ref now);
                return await Note(key, cancel);
            },
            3, _time);
        var running = work.RunAsync(_end.Token);
        work.Start("hang-1", TimeSpan.Zero);
        work.Start("hang-2", TimeSpan.Zero);
        for (var i = 0; i < 20; i++) work.Start($"ok-{i}", TimeSpan.Zero);
        await Until(() => Enumerable.Range(0, 20).All(i => _done.Count(key => key == $"ok-{i}") >= 3), "the others go on");
        Assert.DoesNotContain(_done, key => key.StartsWith("hang", StringComparison.Ordinal));
        Assert.InRange(most, 2, 3);
        hang.SetResult();
        await Until(() => _done.Contains("hang-1") && _done.Contains("hang-2"), "those that hung come back");
        await _end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_key_that_is_stopped_and_started_while_it_runs_is_never_worked_on_twice_at_once()
    {
        var gate = new TaskCompletionSource();
        int now = 0, most = 0, begun = 0;
        var work = new PeriodicWork<string>(
            async (key, cancel) =>
            {
                Interlocked.Increment(ref begun);
                InterlockedMax(ref most, Interlocked.Increment(ref now));
                await gate.Task.WaitAsync(cancel);
                Interlocked.Decrement(ref now);
                return await Note(key, cancel);
            },
            4, _time);
        var running = work.RunAsync(_end.Token);
        work.Start("a", TimeSpan.Zero);
        await Until(() => Volatile.Read(ref begun) == 1, "it runs");
        for (var i = 0; i < 3; i++)
        {
            work.Stop("a");
            work.Start("a", TimeSpan.Zero);
        }

        work.Start("b", TimeSpan.Zero);
        await Until(() => Volatile.Read(ref begun) == 2, "another key has its turn meanwhile");
        gate.SetResult();
        await Until(() => _done.Count(key => key == "a") >= 3, "it goes on when the first run is over");
        Assert.Equal(2, most);
        await _end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_defect_in_the_work_ends_it_loudly()
    {
        var work = new PeriodicWork<string>((_, _) => throw new InvalidOperationException("a defect"), 2, _time);
        var running = work.RunAsync(_end.Token);
        work.Start("a", TimeSpan.Zero);
        Assert.Equal("a defect", (await Assert.ThrowsAsync<InvalidOperationException>(() => running)).Message);
    }

    private Task<TimeSpan?> Note(string key, CancellationToken cancellationToken)
    {
        _done.Enqueue(key);
        return Task.FromResult<TimeSpan?>(TimeSpan.FromSeconds(1));
    }

    private Task Until(Func<bool> condition, string because) => Eventually.True(
        () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            return condition();
        },
        TimeSpan.FromSeconds(60), because);

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
