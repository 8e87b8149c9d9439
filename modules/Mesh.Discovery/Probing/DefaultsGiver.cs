using Mesh.Contracts.V1;
using Mesh.Discovery.State;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Probing;

/// <summary>
/// Gives every service that has not got them with its registration discovery's defaults (Flow step 8), once in its life: a fact in the log,
/// so that what an operator takes back stays away. Services that settings made are such, and those of older logs. Other modules do the same
/// for theirs.
/// </summary>
public sealed class DefaultsGiver : IReconciler
{
    /// <inheritdoc/>
    public string Name => "discovery-defaults";

    /// <inheritdoc/>
    public IEnumerable<string> Resources(MeshState state) => ServiceResource.All(state);

    /// <inheritdoc/>
    public string? ResourceOf(string stream, MeshState state) => ServiceResource.Of(stream);

    /// <inheritdoc/>
    public async ValueTask<TimeSpan?> ReconcileAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (ServiceResource.Find(context.State, context.Resource) is not { Exists: true } service
            || service.DefaultsOf.Contains(DiscoveryModule.ModuleName)) return null;
        var request = new ApplyDefaultsRequest
        {
            Namespace = service.Key.Namespace,
            Name = service.Key.Name,
            Module = DiscoveryModule.ModuleName,
        };
        await context.SendAsync(
            new CommandCall<StatusReply>
            {
                StreamsRead = [DiscoveryStreams.Intent(service.Key)],
                Outcome = "defaults-applied",
                SequenceOf = reply => reply.Sequence,
                Start = (invoker, options) => new DiscoveryStatus.DiscoveryStatusClient(invoker).ApplyDefaultsAsync(request, options),
            },
            cancellationToken).ConfigureAwait(false);
        return null;
    }
}
