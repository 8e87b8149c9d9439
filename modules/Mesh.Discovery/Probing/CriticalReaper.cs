using Mesh.Contracts.V1;
using Mesh.Discovery.Health;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Probing;

/// <summary>Has instances deregistered that have been critical for longer than their registration allows (Flow step 8).</summary>
public sealed class CriticalReaper(TimeProvider time) : IReconciler
{
    // Where the clocks of worker and Registry differ, the Registry's counts: it is asked again soon.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public string Name => "discovery-critical";

    /// <inheritdoc/>
    public bool ReportsObservations => true;

    /// <inheritdoc/>
    public IEnumerable<string> Resources(MeshState state) => ServiceResource.All(state);

    /// <inheritdoc/>
    public string? ResourceOf(string stream, MeshState state) => ServiceResource.Of(stream);

    /// <inheritdoc/>
    public async ValueTask<TimeSpan?> ReconcileAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (ServiceResource.Find(context.State, context.Resource) is not { } service) return null;
        var due = service.Instances.Min(ExpireCritical.DueAt);
        if (due is null) return null;
        var wait = due.Value - time.GetUtcNow();
        if (wait > TimeSpan.Zero) return wait;

        var request = new ExpireCriticalRequest { Namespace = service.Key.Namespace, Name = service.Key.Name };
        await context.SendAsync(
            new CommandCall<StatusReply>
            {
                StreamsRead = ServiceResource.StreamsOf(service),
                Outcome = string.Join(',',
                    service.Instances.Where(instance => ExpireCritical.DueAt(instance) <= due).Select(instance => instance.Id)),
                SequenceOf = reply => reply.Sequence,
                Start = (invoker, options) => new DiscoveryStatus.DiscoveryStatusClient(invoker).ExpireCriticalAsync(request, options),
            },
            cancellationToken).ConfigureAwait(false);
        return Again;
    }
}
