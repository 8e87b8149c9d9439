using Aspire.Hosting.ApplicationModel;
using Mesh.LocalHosting.Output;
using Microsoft.Extensions.Logging;

namespace Mesh.LocalHosting.Engine;

/// <summary>Keeps one resource running: waits for what it needs, starts it, watches its health, starts it again when it ends unasked.</summary>
internal sealed class ResourceRunner(
    IResource resource,
    Executables executables,
    ChildEnvironment environment,
    ResourceNotificationService notifications,
    HealthProbe probe,
    LogConsole console,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>A child that ends so often before it ever was healthy has a fault that starting again does not mend.</summary>
    public const int MostFailedStarts = 5;

    /// <summary>A host gives the requests under way 30 s to end, and nobody has to wait that long for one that has none.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(35);

    private static readonly TimeSpan ProbeUntilHealthy = TimeSpan.FromMilliseconds(100), ProbeAfter = TimeSpan.FromSeconds(2);
    private const int MostFailedProbes = 3;
    private readonly Backoff _backoff = new();
    private ResourceProcess? _process;
    private bool _wasHealthy;

    public IResource Resource => resource;

    /// <summary>Runs until <paramref name="stopping"/>; returns earlier only if the resource never came up.</summary>
    /// <exception cref="OperationCanceledException">Stopped while waiting.</exception>
    public async Task Run(CancellationToken stopping)
    {
        notifications.Publish(resource, now => now with { State = KnownResourceStates.Waiting });
        foreach (var needed in resource.Annotations.OfType<WaitAnnotation>())
            await notifications.WaitForResourceHealthyAsync(needed.Resource.Name, stopping);

        for (var failures = 0; !stopping.IsCancellationRequested;)
        {
            notifications.Publish(resource, now => now with { State = KnownResourceStates.Starting });
            var (path, arguments) = executables.Of(resource);
            _process = ResourceProcess.Start(resource.Name, path, arguments, await environment.Of(resource), console);
            notifications.Publish(resource, now => now with { State = KnownResourceStates.Running, ProcessId = _process.Id, Starts = now.Starts + 1 });
            var (exitCode, healthyFor) = await Watch(_process, stopping);
            // When all is to end the process still runs, and Stop tells the rest.
            if (stopping.IsCancellationRequested)
                return;
            notifications.Publish(resource, now => now with { State = KnownResourceStates.Exited, IsHealthy = false, ProcessId = null });
            _process.Dispose();
            _process = null;

            failures = _wasHealthy ? 0 : failures + 1;
            if (failures == MostFailedStarts)
            {
                logger.GaveUp(resource.Name, exitCode, failures);
                notifications.Publish(resource, now => now with { State = KnownResourceStates.FailedToStart });
                return;
            }

            var delay = _backoff.Next(healthyFor);
            logger.EndedUnasked(resource.Name, exitCode, delay.TotalSeconds);
            await Task.Delay(delay, time, stopping);
        }
    }

    /// <summary>Ends the process, by force if it takes too long.</summary>
    public async Task Stop()
    {
        if (_process is not { } process)
            return;
        notifications.Publish(resource, now => now with { State = KnownResourceStates.Stopping, IsHealthy = false });
        if (!await process.Stop(Grace, time))
            logger.Killed(resource.Name, process.Id, Grace.TotalSeconds);
        notifications.Publish(resource, now => now with { State = KnownResourceStates.Exited, ProcessId = null });
        process.Dispose();
    }

    private async Task<(int ExitCode, TimeSpan HealthyFor)> Watch(ResourceProcess process, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var exit = process.Exit(CancellationToken.None);
        var health = WatchHealth(ended.Token);
        await Task.WhenAny(exit, Task.Delay(Timeout.InfiniteTimeSpan, time, stopping));
        await ended.CancelAsync();
        var healthyFor = await health;
        return (exit.IsCompletedSuccessfully ? await exit : 0, healthyFor);
    }

    private async Task<TimeSpan> WatchHealth(CancellationToken ended)
    {
        var (since, failed) = (0L, 0);
        try
        {
            while (true)
            {
                var passes = await probe.Passes(resource, ended);
                failed = passes ? 0 : failed + 1;
                if (passes)
                {
                    since = since == 0 ? time.GetTimestamp() : since;
                    _wasHealthy = true;
                    notifications.Publish(resource, now => now with { State = KnownResourceStates.Running, IsHealthy = true });
                }
                else if (since != 0 && failed >= MostFailedProbes)
                {
                    since = 0;
                    notifications.Publish(resource, now => now with { State = KnownResourceStates.RuntimeUnhealthy, IsHealthy = false });
                }

                await Task.Delay(since == 0 ? ProbeUntilHealthy : ProbeAfter, time, ended);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return since == 0 ? TimeSpan.Zero : time.GetElapsedTime(since);
        }
    }
}
