using Mesh.Contracts.V1;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Loads;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.State;
using Mesh.Traffic.Rpc;
using Mesh.Traffic.State;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using V1Verdict = Mesh.Contracts.V1.CanaryVerdict;

namespace Mesh.Traffic.Delivery.Reconciling;

/// <summary>
/// Brings canaries forward or takes them back by themselves (Flow step 8). Which step a canary is in, and since when, is in the log; what
/// was seen is in windows that all workers share. So a worker keeps nothing of its own, and which one looks makes no difference.
/// </summary>
public sealed partial class CanaryReconciler(ILoadWindows windows, TimeProvider time, IOptions<DeliveryOptions> options,
    ILogger<CanaryReconciler> logger) : IReconciler
{
    /// <inheritdoc/>
    public string Name => "traffic-canary";

    /// <inheritdoc/>
    public bool ReportsObservations => true;

    /// <inheritdoc/>
    public IEnumerable<string> Resources(MeshState state) => state.Facts<TrafficState>().Canaries.Select(key => key.ToString());

    /// <inheritdoc/>
    public string? ResourceOf(string stream, MeshState state)
    {
        var traffic = state.Facts<TrafficState>();
        if (TrafficStreams.KeyOf(stream) is { } own) return traffic.Find(own)?.Delivery?.Running is null ? null : own.ToString();
        // Instances come and go on streams of the services that are divided. Where two canaries divide one service, the other one's timer
        // looks soon.
        if (state.TryFacts<IServiceCatalog>()?.KeyOf(stream) is not { } service) return null;
        if (traffic.Find(service)?.Delivery?.Running is not null) return service.ToString();
        foreach (var key in traffic.Canaries)
        {
            if (traffic.Find(key)?.Delivery?.Running is { } canary && (canary.Tried.Service == service || canary.Stable.Service == service))
                return key.ToString();
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask<TimeSpan?> ReconcileAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var key = DeliveryResource.KeyOf(context.Resource);
        if (context.State.Facts<TrafficState>().Find(key)?.Delivery?.Running is not { } canary) return null;
        var stable = await windows.ReadAsync(canary.Stable.Cluster, canary.Since, cancellationToken).ConfigureAwait(false);
        var tried = await windows.ReadAsync(canary.Tried.Cluster, canary.Since, cancellationToken).ConfigureAwait(false);
        var now = time.GetUtcNow();
        var verdict = CanaryJudge.Judge(context.State, canary, now, stable, tried);
        switch (verdict.Next)
        {
            case CanaryNext.Advances:
                await SendAsync(context, canary, verdict, "advance", (client, request, call) => client.AdvanceAsync(request, call),
                    cancellationToken).ConfigureAwait(false);
                LogAdvanced(canary, key, verdict.Reason);
                break;
            case CanaryNext.Aborts:
                await SendAsync(context, canary, verdict, "abort", (client, request, call) => client.AbortAsync(request, call),
                    cancellationToken).ConfigureAwait(false);
                LogAborted(canary, key, verdict.Reason);
                break;
        }

        var left = canary.Since + canary.BakeTime - now;
        return left > TimeSpan.Zero && left < options.Value.CheckInterval ? left : options.Value.CheckInterval;
    }

    private static async ValueTask SendAsync(
        ReconcileContext context, CanaryState canary, CanaryVerdict verdict, string outcome,
        Func<DeliveryStatus.DeliveryStatusClient, V1Verdict, Grpc.Core.CallOptions, Grpc.Core.AsyncUnaryCall<DeliveryReply>> call,
        CancellationToken cancellationToken)
    {
        var request = new V1Verdict
        {
            Namespace = canary.Key.Namespace, Service = canary.Key.Name, Canary = canary.Id, Step = canary.Step, Reason = verdict.Reason,
            Observed = DeliveryMessages.Of(verdict.Observed),
        };
        await context.SendAsync(
            new CommandCall<DeliveryReply>
            {
                StreamsRead = [TrafficStreams.Delivery(canary.Key)],
                Outcome = $"{outcome} {canary.Id} {canary.Step}",
                SequenceOf = reply => reply.Sequence,
                Start = (invoker, options) => call(new DeliveryStatus.DeliveryStatusClient(invoker), request, options),
            },
            cancellationToken).ConfigureAwait(false);
    }
}
