using Mesh.Contracts.V1;
using Mesh.Discovery.State;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Probing;

/// <summary>
/// Gives every service discovery's defaults, once in its life (Flow step 8): a fact in the log, so that what an operator takes back stays away. Other
/// modules do the same for theirs.
/// </summary>
public sealed class DefaultsGiver : IReconciler
{
    private const string Module = "discovery";

    /// <inheritdoc/>
    public string Name => "discovery-defaults";

    /// <inheritdoc/>
    public IEnumerable<string> Resources(MeshState state) => ServiceResource.All(state);

    /// <inheritdoc/>
    public string? ResourceOf(string stream, MeshState state) => ServiceResource.Of(stream);

    /// <inheritdoc/>
    public async ValueTask<TimeSpan?> ReconcileAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (ServiceResource.Find(context.State, context.Resource) is not { Exists: true } service || service.DefaultsOf.Contains(Module)) return null;
        var request = new ApplyDefaultsRequest { Namespace = service.Key.Namespace, Name = service.Key.Name, Module = Module };
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
