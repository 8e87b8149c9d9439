using System.Net.Http.Json;
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
    private readonly Dictionary<ServiceKey, (string Id, string Verdict, int Status)> _refused = [];
    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = TimeSpan.FromSeconds(5) };

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
                var uri = new Uri(registry, $"/api/v1/traffic/rollouts/{key.Name}/report?namespace={key.Namespace}");
                using var answer = await _http.PostAsJsonAsync(uri, report, TrafficJson.Default.RolloutReport, cancellationToken)
                    .ConfigureAwait(false);
                if (answer.IsSuccessStatusCode) logger.Reported(report.Id, key, report.Verdict, string.Concat(new[] { report.Node, report.Reason }.OfType<string>().Select(part => $" ({part})")));
                else if (Remember(key, report, (int)answer.StatusCode)) logger.ReportRefused(report.Id, key, report.Verdict, (int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
                return;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
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
