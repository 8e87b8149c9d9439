using System.Collections.Immutable;
using Mesh.ControlPlane.Snapshots;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Compile;

/// <summary>
/// Reduces variants to what differs from the common resources: only that is kept, and only that is looked at. Flow step 6.
/// </summary>
internal static class VariantReducer
{
    /// <summary>Null where everybody gets the same.</summary>
    public static VariedService? Of(CompiledFlavour made) =>
        made.Who.IsNone ? null : new VariedService(made.Who, made.Variants.ToImmutableDictionary(v => v.Key, v => Reduce(made, v.Value)));

    private static VariantView Reduce(CompiledFlavour common, CompiledFlavour variant)
    {
        var differing = ImmutableDictionary.CreateBuilder<(XdsType, string), XdsResource?>();
        var plain = common.All.ToDictionary(r => (r.Type, r.Name));
        foreach (var resource in variant.All)
        {
            if (!plain.Remove((resource.Type, resource.Name), out var same) || same.Hash != resource.Hash)
                differing[(resource.Type, resource.Name)] = resource;
        }

        foreach (var missing in plain.Keys) differing[missing] = null;
        return new VariantView(differing.ToImmutable(), variant.References);
    }
}
