using System.Collections.Concurrent;
using Grpc.Core;
using Mesh.Contracts.Traffic;
using Mesh.Contracts.V1;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Traffic.State;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Traffic.Delivery.Reconciling;

/// <summary>
/// Completes rollouts, pauses them or takes them back, by what the clients of their share have answered (Flow step 8). How far a rollout is
/// stands in the log, and what clients have applied in a table that all control planes write: so a worker keeps nothing of its own, and
/// which one looks makes no difference.
/// </summary>
public sealed partial class RolloutReconciler(IAppliedClients applied, TimeProvider time, IOptions<DeliveryOptions> options,
    ILogger<RolloutReconciler> logger) : IReconciler
{
    // A canary may hold a rollout back for hours.
    private static readonly TimeSpan RefusedRetry = TimeSpan.FromSeconds(5);
    private readonly AppliedGlance _glance = new(applied, time);
    private readonly ConcurrentDictionary<ServiceKey, (string Id, string Verdict, StatusCode Status)> _refused = new();

    /// <inheritdoc/>
    public string Name => "traffic-rollout";

    /// <inheritdoc/>
    public bool ReportsObservations => true;

    /// <inheritdoc/>
    public IEnumerable<string> Resources(MeshState state) =>
        state.Facts<TrafficState>().Services.Where(service => service.Rollout is { Active: true })
            .Select(service => service.Key.ToString());

    /// <inheritdoc/>
    public string? ResourceOf(string stream, MeshState state) =>
        TrafficStreams.KeyOf(stream) is { } key && state.Facts<TrafficState>().Find(key)?.Rollout is { Active: true }
            ? key.ToString()
            : null;

    /// <inheritdoc/>
    public async ValueTask<TimeSpan?> ReconcileAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var key = DeliveryResource.KeyOf(context.Resource);
        if (context.State.Facts<TrafficState>().Find(key)?.Rollout is not { Active: true } rollout)
        {
            _refused.TryRemove(key, out _);
            return null;
        }

        var (clients, blind) = await _glance.SeeAsync(cancellationToken).ConfigureAwait(false);
        if (RolloutJudge.Judge(rollout, clients, blind, time.GetUtcNow()) is not { } report) return options.Value.RolloutCheckInterval;
        try
        {
            if (await SendAsync(context, key, report, cancellationToken).ConfigureAwait(false))
                LogReported(report.Id, key, report.Verdict,
                    string.Concat(new[] { report.Node, report.Reason }.OfType<string>().Select(part => $" ({part})")));
            return options.Value.RolloutCheckInterval;
        }
        catch (RpcException exception)
            when (exception.StatusCode is StatusCode.Aborted or StatusCode.FailedPrecondition or StatusCode.InvalidArgument)
        {
            var refused = (report.Id, report.Verdict, exception.StatusCode);
            if (_refused.GetValueOrDefault(key) != refused)
                LogReportRefused(report.Id, key, report.Verdict, exception.StatusCode, exception.Status.Detail);
            _refused[key] = refused;
            return RefusedRetry;
        }
    }

    // Whether it changed anything.
    private static async ValueTask<bool> SendAsync(ReconcileContext context, ServiceKey key, RolloutReport report,
        CancellationToken cancellationToken)
    {
        var request = new RolloutVerdict
        {
            Namespace = key.Namespace, Service = key.Name, Id = report.Id, Verdict = report.Verdict, Percent = report.Percent,
            Node = report.Node ?? "", Reason = report.Reason ?? "",
        };
        var reply = await context.SendAsync(
            new CommandCall<TrafficWriteReply>
            {
                StreamsRead = [TrafficStreams.Rollout(key)],
                Outcome = $"{report.Verdict} {report.Id} {report.Percent}",
                SequenceOf = written => written.Sequence,
                Start = (invoker, call) => new RolloutStatus.RolloutStatusClient(invoker).ReportAsync(request, call),
            },
            cancellationToken).ConfigureAwait(false);
        return reply.Changed;
    }
}
