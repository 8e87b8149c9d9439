using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Resilience.Incidents;

namespace Mesh.Resilience.State;

/// <summary>What resilience's events mean (Flow steps 2 and 5): pure steps from one <see cref="ResilienceState"/> to the next.</summary>
public sealed class ResilienceFold : ModuleFold<ResilienceState>
{
    /// <summary>The fold.</summary>
    public ResilienceFold()
    {
        On<CircuitBreakerSet>((state, entry, e) => Set(state, entry, e.Namespace, e.Service, e.Policy));
        On<BulkheadSet>((state, entry, e) => Set(state, entry, e.Namespace, e.Service, e.Policy));
        On<OutlierDetectionSet>((state, entry, e) => Set(state, entry, e.Namespace, e.Service, e.Policy));
        On<RateLimitSet>((state, entry, e) => Set(state, entry, e.Namespace, e.Service, e.Policy));
        On<TimeoutSet>((state, entry, e) => Set(state, entry, e.Namespace, e.Service, e.Policy));
        On<FallbackSet>((state, entry, e) => Set(state, entry, e.Namespace, e.Service, e.Policy));
        On<PolicyRemoved>(
            (state, _, e) => state.Find(new(e.Namespace, e.Service)) is { } policies ? state.With(policies.Without(e.Kind)) : state);
        On<CircuitOpened>((state, entry, e) => Happened(state, entry, e.Namespace, e.Service, IncidentKind.CircuitOpened));
        On<CircuitClosed>((state, entry, e) => Happened(state, entry, e.Namespace, e.Service, IncidentKind.CircuitClosed));
        On<InstanceEjected>((state, entry, e) => Happened(state, entry, e.Namespace, e.Service, IncidentKind.InstanceEjected));
        On<BulkheadRejected>((state, entry, e) => Happened(state, entry, e.Namespace, e.Service, IncidentKind.BulkheadRejected));
    }

    /// <inheritdoc/>
    public override string Module => "resilience";

    /// <inheritdoc/>
    public override int SchemaVersion => 3;

    /// <inheritdoc/>
    public override ResilienceState Empty => ResilienceState.Empty;

    /// <inheritdoc/>
    public override void Save(ResilienceState state, Stream target) => ResilienceSnapshot.Save(state, target);

    /// <inheritdoc/>
    public override ResilienceState Load(Stream source) => ResilienceSnapshot.Load(source);

    /// <summary>Incidents that the state has forgotten are told by nothing any more, and need no restatement.</summary>
    protected override bool Restates(ResilienceState state, LogEntry entry) => !state.Incidents.Remembers(entry.Time);

    private static ResilienceState Happened(ResilienceState state, LogEntry entry, string @namespace, string service, IncidentKind kind) =>
        state.With(state.Incidents.With(new ServiceKey(@namespace, service), kind, entry.Time));

    private static ResilienceState Set(ResilienceState state, LogEntry entry, string @namespace, string service, IResiliencePolicy? policy)
    {
        if (policy is null) throw new InvalidDataException($"Entry {entry.Sequence} ({entry.Type}) has no policy.");
        var key = new ServiceKey(@namespace, service);
        return state.With((state.Find(key) ?? new ServicePolicies(key)).With(new PolicyState(policy, entry.StreamVersion)));
    }
}
