using System.Diagnostics;

namespace Mesh.Tests.Support;

/// <summary>
/// Polls a condition until it holds or a deadline passes: the only way a test here waits. What counts is the time in which it was let look:
/// a machine that is busy with others stands still now and then, so a round counts for a quarter of a second at most. After four times the
/// deadline it is over all the same.
/// </summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan LongestRound = TimeSpan.FromMilliseconds(250);
    private const int MostOfDeadline = 4;

    /// <summary>Waits until <paramref name="condition"/> holds; fails naming <paramref name="because"/> when it never does.</summary>
    public static Task True(Func<bool> condition, TimeSpan deadline, string because) =>
        True(() => Task.FromResult(condition()), deadline, because);

    /// <inheritdoc cref="True(Func{bool}, TimeSpan, string)"/>
    public static Task True(Func<Task<bool>> condition, TimeSpan deadline, string because) => True(condition, deadline, () => because);

    /// <summary>The same; what is said when it never holds is asked for then, so that it can say how far things came.</summary>
    public static async Task True(Func<Task<bool>> condition, TimeSpan deadline, Func<string> because)
    {
        var time = new Allowance(deadline);
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        while (!await condition())
        {
            if (time.IsOver())
                Assert.Fail($"Not within {time}: {because()}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until <paramref name="assertion"/> no longer throws; fails with its last exception.</summary>
    public static Task Succeeds(Action assertion, TimeSpan deadline, string because) =>
        Succeeds(() => { assertion(); return Task.CompletedTask; }, deadline, because);

    /// <inheritdoc cref="Succeeds(Action, TimeSpan, string)"/>
    public static Task Succeeds(Func<Task> assertion, TimeSpan deadline, string because) =>
        Succeeds(async () => { await assertion(); return true; }, deadline, because);

    /// <summary>Waits until <paramref name="attempt"/> no longer throws and returns what it returned.</summary>
    public static async Task<T> Succeeds<T>(Func<Task<T>> attempt, TimeSpan deadline, string because)
    {
        var time = new Allowance(deadline);
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        while (true)
        {
            try
            {
                return await attempt();
            }
            catch (Exception last) when (!time.IsOver() && !TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                _ = last;
            }
            catch (Exception last)
            {
                throw new TimeoutException($"Not within {time}: {because}. Last: {last.Message}", last);
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A deadline, and what of it is used up; asked once a round.</summary>
    private sealed class Allowance(TimeSpan deadline)
    {
        private readonly long _begun = Stopwatch.GetTimestamp();
        private long _asked = Stopwatch.GetTimestamp();
        private TimeSpan _used;

        public bool IsOver()
        {
            var now = Stopwatch.GetTimestamp();
            var round = Stopwatch.GetElapsedTime(_asked, now);
            _asked = now;
            _used += round < LongestRound ? round : LongestRound;
            return _used > deadline || Stopwatch.GetElapsedTime(_begun, now) > MostOfDeadline * deadline;
        }

        public override string ToString() =>
            $"{deadline.TotalSeconds:0.##} s ({Stopwatch.GetElapsedTime(_begun, _asked).TotalSeconds:0.#} s in all)";
    }
}
