using Mesh.ControlPlane.Telemetry;
using Mesh.Kernel.Loads;

namespace Mesh.ControlPlane.Loads;

/// <summary>
/// Hands the clients' results on to the windows, twice a second and once more at the end. While the store is unavailable they wait. Flow
/// step 9.
/// </summary>
internal sealed class LoadRecorder(LoadBuffer buffer, ILoadWindows windows, TimeProvider time, ILogger<LoadRecorder> logger)
    : BackgroundService
{
    private const int ClustersAtOnce = 500;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private bool _away;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await HandAsync();
        }
        catch (OperationCanceledException)
        {
            // The host stops; what has come by then still counts.
            await HandAsync();
        }
    }

    private async Task HandAsync()
    {
        while (buffer.Take(ClustersAtOnce) is { Count: > 0 } batch)
        {
            if (await windows.RecordAsync([.. batch.Select(one => new ClusterLoad(one.Cluster, one.Load))], CancellationToken.None))
            {
                if (_away) logger.LoadsRecorded();
                _away = false;
                continue;
            }

            if (!_away) logger.LoadsWait();
            _away = true;
            if (buffer.PutBack(batch) is > 0 and var dropped)
            {
                logger.LoadsDropped(dropped);
                ControlPlaneMetrics.LoadsDropped.Add(dropped);
            }

            return;
        }
    }
}
