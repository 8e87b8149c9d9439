using Google.Protobuf;
using Mesh.Contracts.V1;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Probing.Addresses;

/// <summary>
/// Tells the Registry what the host names of a service's instances stand for, where that differs from the log (Flow step 8).
/// </summary>
public sealed class AddressReporter(HostTable hosts) : IReconciler
{
    /// <summary>Name of this reconciler.</summary>
    public const string ReconcilerName = "discovery-addresses";

    /// <inheritdoc/>
    public string Name => ReconcilerName;

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
        var request = new ReportAddressesRequest { Namespace = service.Key.Namespace, Name = service.Key.Name };
        foreach (var instances in service.Instances.GroupBy(instance => instance.Spec.Address, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var found = hosts.Find(instances.Key);
            if (found.IsEmpty || instances.All(instance => instance.Status.Addresses.AsSpan().SequenceEqual(found.AsSpan()))) continue;
            request.Hosts.Add(new HostAddresses { Host = instances.Key, Addresses = { found } });
        }

        if (request.Hosts.Count == 0) return null;
        await context.SendAsync(
            new CommandCall<StatusReply>
            {
                StreamsRead = ServiceResource.StreamsOf(service),
                Outcome = Convert.ToBase64String(request.ToByteArray()),
                SequenceOf = reply => reply.Sequence,
                Start = (invoker, options) => new DiscoveryStatus.DiscoveryStatusClient(invoker).ReportAddressesAsync(request, options),
            },
            cancellationToken).ConfigureAwait(false);
        return null;
    }
}
