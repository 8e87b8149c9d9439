using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Resilience.Incidents;

namespace Mesh.Resilience.State;

/// <summary>Resilience's part of a state snapshot: the services in the order of their keys, so that equal states are equal bytes.</summary>
internal static class ResilienceSnapshot
{
    public static void Save(ResilienceState state, Stream target) => JsonSerializer.Serialize(
        target,
        new SavedResilience(
            [.. state.Services.OrderBy(policies => policies.Key).Select(SavedPolicies.Of)],
            [.. state.Incidents.All.Select(one => new SavedIncident(one.Service.Namespace, one.Service.Name, one.Kind, one.Time))]),
        SnapshotJson.Default.SavedResilience);

    public static ResilienceState Load(Stream source)
    {
        var saved = JsonSerializer.Deserialize(source, SnapshotJson.Default.SavedResilience)
            ?? throw new JsonException("The policies are null.");
        var incidents = RecentIncidents.Of(saved.Incidents.Select(one => (new ServiceKey(one.Namespace, one.Service), one.Kind, one.Time)));
        return saved.Services.Aggregate(ResilienceState.Empty, (state, policies) => state.With(policies.ToState())).With(incidents);
    }
}

internal sealed record SavedResilience(SavedPolicies[] Services, SavedIncident[] Incidents);

internal sealed record SavedIncident(string Namespace, string Service, IncidentKind Kind, DateTimeOffset Time);

internal sealed record Saved<TPolicy>(TPolicy Policy, long Version) where TPolicy : class, IResiliencePolicy;

internal sealed record SavedPolicies(string Namespace, string Service)
{
    public Saved<CircuitBreakerPolicy>? CircuitBreaker { get; init; }
    public Saved<BulkheadPolicy>? Bulkhead { get; init; }
    public Saved<OutlierDetectionPolicy>? OutlierDetection { get; init; }
    public Saved<RateLimitPolicy>? RateLimit { get; init; }
    public Saved<TimeoutPolicy>? Timeout { get; init; }
    public Saved<FallbackPolicy>? Fallback { get; init; }

    public static SavedPolicies Of(ServicePolicies policies) => new(policies.Key.Namespace, policies.Key.Name)
    {
        CircuitBreaker = One<CircuitBreakerPolicy>(policies, PolicyKind.CircuitBreaker),
        Bulkhead = One<BulkheadPolicy>(policies, PolicyKind.Bulkhead),
        OutlierDetection = One<OutlierDetectionPolicy>(policies, PolicyKind.OutlierDetection),
        RateLimit = One<RateLimitPolicy>(policies, PolicyKind.RateLimit),
        Timeout = One<TimeoutPolicy>(policies, PolicyKind.Timeout),
        Fallback = One<FallbackPolicy>(policies, PolicyKind.Fallback),
    };

    public ServicePolicies ToState()
    {
        var policies = new ServicePolicies(new ServiceKey(Namespace, Service));
        Add(CircuitBreaker);
        Add(Bulkhead);
        Add(OutlierDetection);
        Add(RateLimit);
        Add(Timeout);
        Add(Fallback);
        return policies;

        void Add<TPolicy>(Saved<TPolicy>? saved) where TPolicy : class, IResiliencePolicy
        {
            if (saved is not null) policies = policies.With(new PolicyState(saved.Policy, saved.Version));
        }
    }

    private static Saved<TPolicy>? One<TPolicy>(ServicePolicies policies, PolicyKind kind) where TPolicy : class, IResiliencePolicy =>
        policies.Find(kind) is { } state ? new((TPolicy)state.Policy, state.Version) : null;
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SavedResilience))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
