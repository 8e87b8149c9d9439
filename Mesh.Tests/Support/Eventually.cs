using System.Diagnostics;

namespace Mesh.Tests.Support;

/// <summary>Polls a condition until it holds or a deadline passes: the only way a test here waits.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    /// <summary>Waits until <paramref name="condition"/> holds; fails naming <paramref name="because"/> when it never does.</summary>
    public static Task True(Func<bool> condition, TimeSpan deadline, string because) =>
        True(() => Task.FromResult(condition()), deadline, because);

    /// <inheritdoc cref="True(Func{bool}, TimeSpan, string)"/>
    public static Task True(Func<Task<bool>> condition, TimeSpan deadline, string because) => True(condition, deadline, () => because);

    /// <summary>The same; what is said when it never holds is asked for then, so that it can say how far things came.</summary>
    public static async Task True(Func<Task<bool>> condition, TimeSpan deadline, Func<string> because)
    {
        var elapsed = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        while (!await condition())
        {
            if (elapsed.Elapsed > deadline)
                Assert.Fail($"Not within {deadline.TotalSeconds:0.##} s: {because()}");
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
        var elapsed = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        while (true)
        {
            try
            {
                return await attempt();
            }
            catch (Exception last) when (elapsed.Elapsed <= deadline && !TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                _ = last;
            }
            catch (Exception last)
            {
                throw new TimeoutException($"Not within {deadline.TotalSeconds:0.##} s: {because}. Last: {last.Message}", last);
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
