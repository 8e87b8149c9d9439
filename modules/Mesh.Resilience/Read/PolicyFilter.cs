using Mesh.Api.Rest;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Resilience.Policies;
using Mesh.Resilience.State;

namespace Mesh.Resilience.Read;

/// <summary>Which policies are listed. All that are set must match.</summary>
/// <param name="Namespace">Null for all.</param>
/// <param name="Service">Null for all.</param>
/// <param name="Kind">Null for all.</param>
public sealed record PolicyFilter(string? Namespace = null, string? Service = null, PolicyKind? Kind = null) : IStreamFilter
{
    /// <summary>Reads a filter as it was asked for.</summary>
    public static PolicyFilter Of(string? @namespace, string? service, string? kind, Faults faults)
    {
        var known = string.IsNullOrEmpty(kind) ? null : PolicyKinds.Parse(kind);
        if (known is null && !string.IsNullOrEmpty(kind))
        {
            faults.Add("kind", "unknown-kind",
                $"'{(kind.Length <= 80 ? kind : kind[..80] + "…")}' is not a kind of policy; the kinds are: "
                    + $"{string.Join(", ", PolicyKinds.All.Select(PolicyKinds.NameOf))}.");
        }

        return new(
            string.IsNullOrEmpty(@namespace) || @namespace == "*" ? null : Labels.Read(@namespace, "namespace", null, faults),
            string.IsNullOrEmpty(service) ? null : Labels.Read(service, "service", null, faults),
            known);
    }

    /// <summary>The policies, ordered by namespace, service and kind.</summary>
    public IEnumerable<(ServiceKey Key, PolicyState Policy)> Apply(ResilienceState state) =>
        from service in Candidates(state)
        from policy in service.All
        where Kind is null || policy.Policy.Kind == Kind
        select (service.Key, policy);

    /// <inheritdoc/>
    public bool IsTouchedBy(string stream) => ResilienceStreams.KeyOf(stream) is { } key
        && (Namespace is null || key.Namespace == Namespace) && (Service is null || key.Name == Service)
        && (Kind is not { } kind || stream == ResilienceStreams.Policy(key, kind));

    private IEnumerable<ServicePolicies> Candidates(ResilienceState state)
    {
        if (Namespace is not null && Service is not null) return state.Find(new(Namespace, Service)) is { } one ? [one] : [];
        return state.Services.Where(s => (Namespace is null || s.Key.Namespace == Namespace) && (Service is null || s.Key.Name == Service))
            .OrderBy(s => s.Key);
    }
}
