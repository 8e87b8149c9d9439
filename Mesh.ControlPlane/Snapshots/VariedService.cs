using System.Collections.Immutable;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Snapshots;

/// <summary>
/// A service of which not all clients get the same: who gets what in place of the common resources. Immutable. Flow step 7.
/// </summary>
/// <param name="Who">How clients are told apart.</param>
/// <param name="Variants">What they get.</param>
public sealed record VariedService(XdsVariants Who, ImmutableDictionary<XdsVariant, VariantView> Variants)
{
    /// <summary>What a client gets; null for the common resources.</summary>
    public VariantView? Of(string caller, string node) => Variants.GetValueOrDefault(Who.Of(caller, node));

    /// <inheritdoc/>
    public bool Equals(VariedService? other) =>
        other is not null && Who == other.Who && Variants.Count == other.Variants.Count
        && Variants.All(v => other.Variants.TryGetValue(v.Key, out var same) && v.Value.Equals(same));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Who, Variants.Count);
}

/// <summary>One variant of a service: the resources that differ from the common ones, and its closure.</summary>
/// <param name="Resources">
/// By type and name; null for one that the variant does not have. Serialised once for all streams of the variant.
/// </param>
/// <param name="Clusters">The clusters in its listener's dependency closure.</param>
public sealed record VariantView(ImmutableDictionary<(XdsType Type, string Name), XdsResource?> Resources, ImmutableArray<string> Clusters)
{
    /// <inheritdoc/>
    public bool Equals(VariantView? other) =>
        other is not null && Clusters.AsSpan().SequenceEqual(other.Clusters.AsSpan()) && Resources.Count == other.Resources.Count
        && Resources.All(r => other.Resources.TryGetValue(r.Key, out var same) && r.Value?.Hash == same?.Hash);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Clusters.Length, Resources.Count);
}
