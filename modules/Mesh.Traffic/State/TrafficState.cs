using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.Read;
using Mesh.Traffic.Read;

namespace Mesh.Traffic.State;

/// <summary>All routes and policies of the mesh at one position of the log (Flow steps 2 and 5). Immutable.</summary>
public sealed class TrafficState : IStateJson
{
    private readonly ImmutableDictionary<ServiceKey, ServiceTraffic> _services;
    private readonly ImmutableDictionary<ServiceKey, ImmutableSortedDictionary<string, int>> _subsets;
    private readonly ImmutableDictionary<string, NamespaceUse> _namespaces;

    private readonly ImmutableHashSet<ServiceKey> _canaries;

    private TrafficState(
        ImmutableDictionary<ServiceKey, ServiceTraffic> services,
        ImmutableDictionary<ServiceKey, ImmutableSortedDictionary<string, int>> subsets,
        ImmutableDictionary<string, NamespaceUse> namespaces,
        ImmutableHashSet<ServiceKey> canaries) => (_services, _subsets, _namespaces, _canaries) = (services, subsets, namespaces, canaries);

    /// <summary>Before any event.</summary>
    public static TrafficState Empty { get; } = new(
        ImmutableDictionary<ServiceKey, ServiceTraffic>.Empty,
        ImmutableDictionary<ServiceKey, ImmutableSortedDictionary<string, int>>.Empty,
        ImmutableDictionary<string, NamespaceUse>.Empty,
        ImmutableHashSet<ServiceKey>.Empty);

    /// <summary>Services that have routes or a policy, in no particular order.</summary>
    public IEnumerable<ServiceTraffic> Services => _services.Values;

    /// <summary>Services of which a subset is somebody's destination, in no particular order.</summary>
    public IEnumerable<ServiceKey> Divided => _subsets.Keys;

    /// <summary>Services with a canary that runs, in no particular order.</summary>
    public IEnumerable<ServiceKey> Canaries => _canaries;

    /// <summary>Routes, policy and delivery of a service, or null.</summary>
    public ServiceTraffic? Find(ServiceKey key) => _services.GetValueOrDefault(key);

    /// <summary>The subsets of a service that are destinations of any route, in order.</summary>
    public IEnumerable<string> SubsetsOf(ServiceKey key) => _subsets.TryGetValue(key, out var subsets) ? subsets.Keys : [];

    /// <summary>How much of its limits a namespace uses.</summary>
    public NamespaceUse Use(string @namespace) => _namespaces.GetValueOrDefault(@namespace);

    /// <summary>The state with <paramref name="service"/> in place of what was known of it.</summary>
    public TrafficState With(ServiceTraffic service)
    {
        var before = Find(service.Key);
        var subsets = _subsets.ToBuilder();
        Count(subsets, before, -1, service);
        Count(subsets, service, 1, before);
        var use = Use(service.Key.Namespace);
        use = new(use.Routes + service.Routes.Count - (before?.Routes.Count ?? 0),
            use.Policies + (service.Policy is null ? 0 : 1) - (before?.Policy is null ? 0 : 1));
        return new(
            service.IsNothing ? _services.Remove(service.Key) : _services.SetItem(service.Key, service),
            subsets.ToImmutable(),
            use == default ? _namespaces.Remove(service.Key.Namespace) : _namespaces.SetItem(service.Key.Namespace, use),
            service.Delivery?.Running is null ? _canaries.Remove(service.Key) : _canaries.Add(service.Key));
    }

    void IStateJson.WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("routes");
        JsonSerializer.Serialize(writer, RouteAnswers.All(this), TrafficJson.Default.IReadOnlyListRouteAnswer);
        writer.WritePropertyName("policies");
        JsonSerializer.Serialize(writer, PolicyAnswers.All(this), TrafficJson.Default.IReadOnlyListTrafficPolicyAnswer);
        writer.WritePropertyName("canaries");
        JsonSerializer.Serialize(writer, DeliveryAnswers.Canaries(this), TrafficJson.Default.IReadOnlyListCanaryAnswer);
        writer.WritePropertyName("blueGreen");
        JsonSerializer.Serialize(writer, DeliveryAnswers.Switches(this), TrafficJson.Default.IReadOnlyListBlueGreenAnswer);
        writer.WriteEndObject();
    }

    // Only the routes that differ count: a service of a thousand routes changes by one of them.
    private static void Count(ImmutableDictionary<ServiceKey, ImmutableSortedDictionary<string, int>>.Builder all, ServiceTraffic? of,
        int by, ServiceTraffic? other)
    {
        if (of is null) return;
        if (of.Rollout is { Active: true } rollout && !ReferenceEquals(rollout, other?.Rollout)) Count(all, rollout.Routes, by);
        Count(all,
            of.Routes.Where(
                one => !(other is not null && other.Routes.TryGetValue(one.Key, out var same) && ReferenceEquals(same, one.Value)))
                .Select(one => one.Value), by);
    }

    private static void Count(ImmutableDictionary<ServiceKey, ImmutableSortedDictionary<string, int>>.Builder all,
        IEnumerable<RouteState> routes, int by)
    {
        foreach (var route in routes)
        {
            foreach (var (service, subset) in route.Targets)
            {
                if (subset is null) continue;
                var subsets = all.TryGetValue(service, out var known)
                    ? known
                    : ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);
                var users = subsets.GetValueOrDefault(subset) + by;
                subsets = users == 0 ? subsets.Remove(subset) : subsets.SetItem(subset, users);
                if (subsets.IsEmpty) all.Remove(service);
                else all[service] = subsets;
            }
        }
    }
}

/// <summary>How many routes and policies a namespace has.</summary>
public readonly record struct NamespaceUse(int Routes, int Policies);
