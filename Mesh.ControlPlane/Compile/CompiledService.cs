using System.Collections.Immutable;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Compile;

/// <summary>What was made of one service: the shapes it was made from, and its resources in each flavour.</summary>
internal sealed record CompiledService(ImmutableArray<object?> Shapes, ImmutableArray<CompiledFlavour> Flavours)
{
    public bool HasShapes(ImmutableArray<object?> shapes) => Shapes.AsSpan().SequenceEqual(shapes.AsSpan());
}

/// <summary>A service's resources in one flavour.</summary>
/// <param name="Config">Listener, routes and clusters.</param>
/// <param name="Endpoints">Load assignments.</param>
/// <param name="References">Every cluster the routes name, its own and others'.</param>
internal sealed record CompiledFlavour(ImmutableArray<XdsResource> Config, ImmutableArray<XdsResource> Endpoints, ImmutableArray<string> References)
{
    /// <summary>Clusters of subsets that exist because of the service.</summary>
    public ImmutableArray<string> Subsets { get; init; } = [];

    public static CompiledFlavour Empty { get; } = new([], [], []);

    public IEnumerable<XdsResource> All => Config.Concat(Endpoints);
}
