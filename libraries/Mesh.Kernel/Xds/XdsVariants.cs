using System.Collections.Immutable;

namespace Mesh.Kernel.Xds;

/// <summary>Which clients get something of their own of a service. Flow step 6.</summary>
/// <param name="Callers">Wire names of the calling services that its rules name, in order.</param>
/// <param name="Rollout">The change that only a share of clients gets yet, or null.</param>
public sealed record XdsVariants(ImmutableSortedSet<string> Callers, XdsRollout? Rollout)
{
    /// <summary>Everybody gets the same.</summary>
    public static XdsVariants None { get; } = new(ImmutableSortedSet.Create<string>(StringComparer.Ordinal), null);

    /// <summary>Whether everybody gets the same.</summary>
    public bool IsNone => Callers.IsEmpty && Rollout is null;

    /// <summary>All variants beside the common one.</summary>
    public IEnumerable<XdsVariant> All
    {
        get
        {
            foreach (var caller in Callers) yield return new(caller, false);
            if (Rollout is null) yield break;
            yield return new(null, true);
            foreach (var caller in Callers) yield return new(caller, true);
        }
    }

    /// <summary>The variant of one client.</summary>
    /// <param name="caller">The wire name of its service; empty if it sent none.</param>
    /// <param name="node">Its node's id.</param>
    public XdsVariant Of(string caller, string node) => new(Callers.Contains(caller) ? caller : null, Rollout?.Takes(node) == true);

    /// <summary>Both together.</summary>
    public XdsVariants And(XdsVariants other) =>
        other.IsNone ? this : IsNone ? other : new(Callers.Union(other.Callers), Rollout ?? other.Rollout);

    /// <inheritdoc/>
    public bool Equals(XdsVariants? other) => other is not null && Rollout == other.Rollout && Callers.SetEquals(other.Callers);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Callers.Count, Rollout);
}
