using Mesh.Api.Rest;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Register;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;

namespace Mesh.Discovery.Read;

/// <summary>Which services and instances are asked for. Null and empty parts do not filter; all that are set must match.</summary>
public sealed record ServiceFilter : IStreamFilter
{
    /// <summary>Null for all namespaces.</summary>
    public string? Namespace { get; init; }
    public string? Name { get; init; }
    public MeshProtocol? Protocol { get; init; }
    public string? Version { get; init; }
    public string? Zone { get; init; }
    public HealthState? Health { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; } = [];

    private bool FiltersInstances =>
        Protocol is not null || Version is not null || Zone is not null || Health is not null || Metadata.Count > 0;

    /// <summary>Checks the parts of a filter; empty is unset, and the namespace <c>*</c> is all of them.</summary>
    public static ServiceFilter Of(string? @namespace, string? name, string? protocol, string? version, string? zone, string? health,
        IReadOnlyList<KeyValuePair<string, string>> metadata, Faults faults) => new()
    {
        Namespace = string.IsNullOrEmpty(@namespace) || @namespace == "*" ? null : Labels.Read(@namespace, "namespace", null, faults),
        Name = string.IsNullOrEmpty(name) ? null : Labels.Read(name, "name", null, faults),
        Protocol = RegisterRules.Protocol(protocol, "protocol", faults),
        Version = string.IsNullOrEmpty(version) ? null : version,
        Zone = string.IsNullOrEmpty(zone) ? null : zone,
        Health = ReadHealth(health, "health", faults),
        Metadata = metadata,
    };

    /// <summary>A health state by name; null if unset, or with a fault.</summary>
    public static HealthState? ReadHealth(string? text, string field, Faults faults)
    {
        switch (text)
        {
            case null or "": return null;
            case "passing": return HealthState.Passing;
            case "warning": return HealthState.Warning;
            case "critical": return HealthState.Critical;
            default:
                faults.Add(field, "unknown-value",
                    $"'{RegisterRules.Shortened(text)}' is not a health state; use passing, warning or critical.");
                return null;
        }
    }

    /// <summary>What matches, ordered by namespace and name; a service none of whose instances match is left out.</summary>
    public IEnumerable<(ServiceState Service, IReadOnlyList<InstanceState> Instances)> Apply(DiscoveryState state)
    {
        foreach (var service in Candidates(state))
        {
            if (!FiltersInstances)
            {
                yield return (service, service.Instances);
                continue;
            }

            var matching = service.Instances.Where(Matches).ToList();
            if (matching.Count > 0) yield return (service, matching);
        }
    }

    /// <summary>Whether an entry of the stream may be about what this filter shows.</summary>
    public bool IsTouchedBy(string stream) =>
        DiscoveryStreams.KeyOf(stream) is { } key && (Namespace is null || key.Namespace == Namespace)
            && (Name is null || key.Name == Name);

    private IEnumerable<ServiceState> Candidates(DiscoveryState state)
    {
        if (Namespace is not null && Name is not null)
            return state.Find(new ServiceKey(Namespace, Name)) is { Exists: true } one ? [one] : [];
        return state.Services
            .Where(service => (Namespace is null || service.Key.Namespace == Namespace) && (Name is null || service.Key.Name == Name))
            .OrderBy(service => service.Key);
    }

    private bool Matches(InstanceState instance)
    {
        var spec = instance.Spec;
        if ((Protocol is { } protocol && spec.Protocol != protocol) || (Version is not null && spec.Version != Version)
            || (Zone is not null && spec.Zone != Zone) || (Health is { } health && instance.Status.Health != health)) return false;
        foreach (var (key, value) in Metadata)
        {
            if (!spec.Metadata.TryGetValue(key, out var there) || there != value) return false;
        }

        return true;
    }
}
