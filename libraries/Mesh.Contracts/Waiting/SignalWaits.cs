namespace Mesh.Contracts.Waiting;

/// <summary>Waits that a <see cref="Signal"/> or the clock ends.</summary>
public static class SignalWaits
{
    /// <summary>
    /// Waits for a signal, but no longer than a while. The caller looks again either way, so it does not learn which of the two it was.
    /// </summary>
    /// <param name="signal">Taken from <see cref="Signal.Next"/> before the caller looked at what may have changed.</param>
    /// <param name="longest">How long; null for as long as it takes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token ended first.</exception>
    public static async Task OrAfterAsync(this Task signal, TimeSpan? longest, TimeProvider time, CancellationToken cancellationToken)
    {
        // A timer cuts off what is less than a millisecond: whoever looks again that much too early would do so again at once, and again.
        var whole = longest is { } wait ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)) : Timeout.InfiniteTimeSpan;
        await signal.WaitAsync(whole, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
