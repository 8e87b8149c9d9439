using System.Text;
using Mesh.Api.Client;
using Mesh.Api.Client.Errors;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Replication;
using Mesh.Kernel.Xds;
using Mesh.Traffic.State;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Traffic.Rollouts;

/// <summary>
/// Looks each second how the clients of a share take what is rolled out to them, and reports it to a Registry (Flow step 7). Every control plane does so, from the
/// same table: the first report decides, and the others change nothing. What it knows is in the log and in the table, so a restart forgets nothing.
/// </summary>
internal sealed class RolloutWatch(
    IMeshReplica replica, IAppliedClients applied, ReplicaOptions options, TimeProvider time, ILogger<RolloutWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    // It is reported again each second anyway.
    private static readonly MeshApiOptions Once = new() { AttemptTimeout = TimeSpan.FromSeconds(5), Patience = TimeSpan.Zero };
    private readonly Dictionary<ServiceKey, (string Id, string Verdict, int Status)> _refused = [];
    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) });

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            var active = replica.Current.TryFacts<TrafficState>()?.Services.Where(service => service.Rollout is { Active: true }).ToList();
            if (active is not { Count: > 0 }) continue;
            var (clients, blind) = await applied.SeeAsync(stoppingToken).ConfigureAwait(false);
            foreach (var service in active)
            {
                if (RolloutJudge.Judge(service.Rollout!, clients, blind, time.GetUtcNow()) is { } report) await Report(service.Key, report, stoppingToken).ConfigureAwait(false);
            }
        }
    }

    private async Task Report(ServiceKey key, RolloutReport report, CancellationToken cancellationToken)
    {
        foreach (var registry in options.Registries)
        {
            try
            {
                await new MeshApiClient(registry, _http, Once).Rollouts.ReportAsync(key.Name, report, key.Namespace, cancellationToken).ConfigureAwait(false);
                var because = string.Concat(new[] { report.Node, report.Reason }.OfType<string>().Select(part => $" ({part})"));
                logger.Reported(report.Id, key, report.Verdict, because);
                return;
            }
            catch (MeshRefusedException refused)
            {
                if (Remember(key, report, refused.Status))
                    logger.ReportRefused(report.Id, key, report.Verdict, refused.Status, Encoding.UTF8.GetString(refused.Body.Span));
                return;
            }
            catch (MeshApiException exception)
            {
                // The next Registry may be reached; if none is, the next second tries again.
                logger.Unreachable(report.Id, key, registry, exception.Message);
            }
        }
    }

    // A canary may hold a rollout back for hours: the report is repeated each second, and told once.
    private bool Remember(ServiceKey key, RolloutReport report, int status)
    {
        var refused = (report.Id, report.Verdict, status);
        if (_refused.GetValueOrDefault(key) == refused) return false;
        _refused[key] = refused;
        return true;
    }
}
