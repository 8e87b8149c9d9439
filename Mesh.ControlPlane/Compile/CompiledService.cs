using System.Collections.Immutable;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Compile;

/// <summary>
/// What was made of one service: the shapes that its configuration was made from in every flavour, and its resources in each.
/// </summary>
/// <param name="Shapes">None where a flavour did not compile, so that they may stand at different ones.</param>
/// <param name="Flavours">By the flavour's number; null for one that it was not compiled for yet.</param>
internal sealed record CompiledService(ImmutableArray<object?> Shapes, ImmutableArray<CompiledFlavour?> Flavours)
{
    /// <summary>Its resources in a flavour; none where it was not compiled for it.</summary>
    public CompiledFlavour Of(XdsFlavour flavour) => Flavours[(int)flavour] ?? CompiledFlavour.Empty;

    public bool HasShapes(ImmutableArray<object?> shapes) => Shapes.AsSpan().SequenceEqual(shapes.AsSpan());
}

/// <summary>A service's resources in one flavour.</summary>
/// <param name="Config">Listener, routes and clusters.</param>
/// <param name="Endpoints">Load assignments.</param>
/// <param name="References">The dependency closure: every cluster the routes name, its own and others', and its own plain one.</param>
internal sealed record CompiledFlavour(ImmutableArray<XdsResource> Config, ImmutableArray<XdsResource> Endpoints,
    ImmutableArray<string> References)
{
    /// <summary>Clusters of subsets that exist because of the service.</summary>
    public ImmutableArray<string> Subsets { get; init; } = [];

    /// <summary>Who gets something else than this.</summary>
    public XdsVariants Who { get; init; } = XdsVariants.None;

    /// <summary>What they get: whole closures, without variants of their own.</summary>
    public ImmutableDictionary<XdsVariant, CompiledFlavour> Variants { get; init; } =
        ImmutableDictionary<XdsVariant, CompiledFlavour>.Empty;

    public static CompiledFlavour Empty { get; } = new([], [], []);

    /// <summary>
    /// Whether nothing but the contents of its load assignments may differ from an earlier compile: then nothing is to be settled with
    /// other services.
    /// </summary>
    public bool HasOtherEndpointsOnly(CompiledFlavour before)
    {
        // Only an array that was taken over is the same.
        if (Config.IsEmpty || Config != before.Config || References != before.References || !ReferenceEquals(Variants, before.Variants)
            || Endpoints.Length != before.Endpoints.Length) return false;
        for (var i = 0; i < Endpoints.Length; i++)
        {
            if (Endpoints[i].Name != before.Endpoints[i].Name) return false;
        }

        return true;
    }

    public IEnumerable<XdsResource> All => Config.Concat(Endpoints);

    /// <summary>The references of all variants.</summary>
    public IEnumerable<string> AllReferences =>
        Variants.IsEmpty ? References : References.Concat(Variants.Values.SelectMany(v => v.References)).Distinct(StringComparer.Ordinal);

    /// <summary>Every cluster that it names or has.</summary>
    public IEnumerable<string> Clusters =>
        AllReferences.Union(Config.Where(r => r.Type == XdsTypes.Cluster).Select(r => r.Name), StringComparer.Ordinal);
}
