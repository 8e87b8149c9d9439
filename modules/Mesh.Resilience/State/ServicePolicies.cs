using System.Collections.Immutable;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;

namespace Mesh.Resilience.State;

/// <summary>One policy with its version.</summary>
/// <param name="Policy">As set.</param>
/// <param name="Version">Stream version of the entry that set it: its ETag.</param>
public sealed record PolicyState(IResiliencePolicy Policy, long Version);

/// <summary>
/// The policies of one service, at most one of each kind. Immutable; equal where the policies are, whatever their versions.
/// </summary>
public sealed class ServicePolicies : IEquatable<ServicePolicies>
{
    private readonly ImmutableSortedDictionary<PolicyKind, PolicyState> _policies;

    /// <summary>A service without policies.</summary>
    public ServicePolicies(ServiceKey key) : this(key, ImmutableSortedDictionary<PolicyKind, PolicyState>.Empty)
    {
    }

    private ServicePolicies(ServiceKey key, ImmutableSortedDictionary<PolicyKind, PolicyState> policies) =>
        (Key, _policies) = (key, policies);

    /// <summary>The service.</summary>
    public ServiceKey Key { get; }

    /// <summary>How many it has.</summary>
    public int Count => _policies.Count;

    /// <summary>Ordered by kind.</summary>
    public IEnumerable<PolicyState> All => _policies.Values;

    /// <summary>The policy of a kind, or null.</summary>
    public PolicyState? Find(PolicyKind kind) => _policies.GetValueOrDefault(kind);

    /// <summary>The policy of a type, or null.</summary>
    public TPolicy? Get<TPolicy>() where TPolicy : class, IResiliencePolicy
    {
        // Most services have none, and each is asked for all kinds with every compile.
        if (_policies.IsEmpty) return null;
        foreach (var (_, state) in _policies)
        {
            if (state.Policy is TPolicy policy) return policy;
        }

        return null;
    }

    /// <summary>With the policy in place of what there was of its kind.</summary>
    public ServicePolicies With(PolicyState state) => new(Key, _policies.SetItem(state.Policy.Kind, state));

    /// <summary>Without the policy of a kind.</summary>
    public ServicePolicies Without(PolicyKind kind) => new(Key, _policies.Remove(kind));

    /// <inheritdoc/>
    public bool Equals(ServicePolicies? other) =>
        other is not null && Key == other.Key
            && _policies.Values.Select(state => state.Policy).SequenceEqual(other._policies.Values.Select(state => state.Policy));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ServicePolicies);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        _policies.Values.Aggregate(Key.GetHashCode(), (hash, state) => HashCode.Combine(hash, state.Policy));
}
