using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Answers;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Addresses;

/// <summary>Records what the host names of a service's instances stand for (Flow steps 2 and 8).</summary>
/// <param name="Key">The service.</param>
/// <param name="Hosts">IP addresses by host name, in any order; a name without any leaves the last known ones.</param>
public sealed record ReportAddresses(ServiceKey Key, ImmutableDictionary<string, ImmutableArray<string>> Hosts) : ICommand<DiscoveryAnswer>
{
    /// <inheritdoc/>
    public string Name => "discovery.report-addresses";

    /// <inheritdoc/>
    public JsonTypeInfo<DiscoveryAnswer> AnswerType => AnswerJson.Default.DiscoveryAnswer;

    /// <inheritdoc/>
    public string Stream => DiscoveryStreams.Status(Key);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        if (state.Facts<DiscoveryState>().Find(Key) is not { } service) return Decision.Unchanged(new DiscoveryAnswer());
        var changed = ImmutableArray.CreateBuilder<ResolvedAddress>();
        foreach (var instance in service.Instances)
        {
            if (!Hosts.TryGetValue(instance.Spec.Address, out var found) || found.IsDefaultOrEmpty) continue;
            ImmutableArray<string> addresses = [.. found.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            if (!addresses.AsSpan().SequenceEqual(instance.Status.Addresses.AsSpan()))
                changed.Add(new ResolvedAddress(instance.Id, instance.Spec.Address, addresses));
        }

        var answer = new DiscoveryAnswer { Instances = changed.Count };
        return changed.Count == 0
            ? Decision.Unchanged(answer)
            : Decision.Changed(
                [NewEvent.Of(DiscoveryStreams.Status(Key), new AddressesResolved(Key.Namespace, Key.Name, changed.ToImmutable()))], answer);
    }
}
