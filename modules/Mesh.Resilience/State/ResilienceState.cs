using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Resilience.Incidents;
using Mesh.Resilience.Read;

namespace Mesh.Resilience.State;

/// <summary>All resilience policies of the mesh at one position of the log (Flow steps 2 and 5). Immutable.</summary>
public sealed class ResilienceState : IStateJson
{
    private readonly ImmutableDictionary<ServiceKey, ServicePolicies> _services;
    private readonly ImmutableDictionary<string, int> _namespaces;

    private ResilienceState(ImmutableDictionary<ServiceKey, ServicePolicies> services, ImmutableDictionary<string, int> namespaces,
        RecentIncidents incidents) =>
        (_services, _namespaces, Incidents) = (services, namespaces, incidents);

    /// <summary>Before any event.</summary>
    public static ResilienceState Empty { get; } = new(ImmutableDictionary<ServiceKey, ServicePolicies>.Empty,
        ImmutableDictionary<string, int>.Empty, RecentIncidents.None);

    /// <summary>Services that have policies, in no particular order.</summary>
    public IEnumerable<ServicePolicies> Services => _services.Values;

    /// <summary>What has happened recently.</summary>
    public RecentIncidents Incidents { get; }

    /// <summary>The service's policies; null for none.</summary>
    public ServicePolicies? Find(ServiceKey key) => _services.GetValueOrDefault(key);

    /// <summary>How many policies a namespace has.</summary>
    public int PoliciesIn(string @namespace) => _namespaces.GetValueOrDefault(@namespace);

    /// <summary>The state with these in place of what the service had.</summary>
    public ResilienceState With(ServicePolicies policies)
    {
        var key = policies.Key;
        var use = PoliciesIn(key.Namespace) + policies.Count - (Find(key)?.Count ?? 0);
        return new(
            policies.Count == 0 ? _services.Remove(key) : _services.SetItem(key, policies),
            use == 0 ? _namespaces.Remove(key.Namespace) : _namespaces.SetItem(key.Namespace, use), Incidents);
    }

    /// <summary>The state in which this has happened recently.</summary>
    public ResilienceState With(RecentIncidents incidents) => new(_services, _namespaces, incidents);

    void IStateJson.WriteTo(Utf8JsonWriter writer) => PolicyAnswers.WriteState(this, writer);
}
