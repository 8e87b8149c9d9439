using Mesh.DataPlane.Ads;
using Mesh.DataPlane.Incidents;

namespace Mesh.Proxy.Hosting;

/// <summary>
/// Looks each second at what has happened to services, and reports it to the control plane. What was not reported when the process ends is
/// lost.
/// </summary>
internal sealed class IncidentService(AdsClient client, AdsOptions options, TimeProvider time, ILogger<IncidentService> logger)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var book = new IncidentBook();
        var watch = new IncidentWatch(book, time, logger);
        var reporter = new IncidentReporter(book, options.NodeId, time, logger);
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                watch.Look(client.Config.Snapshot);
                await reporter.TellAsync(client.ControlPlane, stoppingToken);
            }
        }
        catch (Exception e)
            when (stoppingToken.IsCancellationRequested
                && e is (OperationCanceledException or Grpc.Core.RpcException or ObjectDisposedException))
        {
        }
    }
}
