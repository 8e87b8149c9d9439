using Mesh.DataPlane.Ads;
using Mesh.DataPlane.Transport;

namespace Mesh.Proxy.Hosting;

/// <summary>Runs the ADS client for as long as the host runs, and now and then closes connections nobody needs any more.</summary>
internal sealed class AdsClientService(AdsClient client, ClusterTransports transports, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Task[] both = [client.RunAsync(ending.Token), SweepTransportsAsync(ending.Token)];
        await Task.WhenAny(both);
        // Both run for as long as the host does; a client that dies must not be outlived by the sweep, but end the host.
        await ending.CancelAsync();
        await Task.WhenAll(both);
    }

    private async Task SweepTransportsAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Sweep, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                transports.Retire(client.Config.Snapshot);
        }
        catch (OperationCanceledException)
        {
        }
    }
}
