namespace Mesh.Kernel.Reconciling;

/// <summary>Several endless loops of one background service.</summary>
public static class BackgroundTasks
{
    /// <summary>Runs all of them until cancelled; where one fails the others are ended and its exception is thrown.</summary>
    public static async Task RunAsync(CancellationToken stoppingToken, params Func<CancellationToken, Task>[] loops)
    {
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var tasks = loops.Select(loop => loop(any.Token)).ToArray();
        await Task.WhenAny(tasks).ConfigureAwait(false);
        await any.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(tasks).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }
}
