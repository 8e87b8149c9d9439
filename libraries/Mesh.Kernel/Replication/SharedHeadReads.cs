using Mesh.Kernel.Log;

namespace Mesh.Kernel.Replication;

/// <summary>Reads the head for all who ask while the read before is in progress, with one read after it (Flow step 5).</summary>
internal sealed class SharedHeadReads(ILogClient client, TimeProvider time) : ILogHead
{
    /// <summary>From the beginning of one read to the beginning of the next.</summary>
    internal static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(10);

    // Of one that is frozen; who asks waits no longer than it likes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly Lock _lock = new();
    private TaskCompletionSource<LogPosition?>? _next;
    private bool _runs;

    public async ValueTask<LogPosition?> ReadAsync(CancellationToken cancellationToken)
    {
        Task<LogPosition?> mine;
        lock (_lock)
        {
            _next ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            mine = _next.Task;
            if (!_runs) _ = RunAsync();
        }

        return await mine.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    // Begun under the lock, which it leaves with its first await.
    private async Task RunAsync()
    {
        _runs = true;
        await Task.Yield();
        while (true)
        {
            TaskCompletionSource<LogPosition?> current;
            lock (_lock)
            {
                if (_next is null)
                {
                    _runs = false;
                    return;
                }

                (current, _next) = (_next, null);
            }

            var begun = time.GetTimestamp();
            try
            {
                current.SetResult(await HeadAsync().ConfigureAwait(false));
            }
#pragma warning disable CA1031 // Whoever waits for this read gets it: nobody awaits the loop.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                current.SetException(exception);
            }

            var pause = Spacing - time.GetElapsedTime(begun);
            if (pause > TimeSpan.Zero) await Task.Delay(pause, time).ConfigureAwait(false);
        }
    }

    private async Task<LogPosition?> HeadAsync()
    {
        using var late = new CancellationTokenSource(Patience, time);
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await client.ReadHeadAsync(late.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (late.IsCancellationRequested)
            {
                return null;
            }
            catch (LogUnavailableException) when (tries == 0)
            {
                // The client has turned to the next Registry.
            }
            catch (LogUnavailableException)
            {
                return null;
            }
        }
    }
}
