using System.Collections.Immutable;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>What one client gets for itself, by type and name: what it declared, and what modules contribute. Flow step 7.</summary>
internal sealed class NodeResources(XdsNode node, IReadOnlyList<XdsResource> declared, NodeContributors? contributors)
{
    private static readonly IReadOnlyDictionary<string, XdsResource> Nothing = ImmutableDictionary<string, XdsResource>.Empty;
    private readonly Dictionary<string, XdsResource>?[] _types = ByType(declared);
    private ImmutableArray<object?> _shapes = [];

    public XdsResource? Find(XdsType type, string name) => _types[type.Order]?.GetValueOrDefault(name);

    public IEnumerable<string> Names(XdsType type) => (_types[type.Order] ?? Nothing).Keys;

    /// <summary>Asks the modules, if anything that they depend on may have changed.</summary>
    /// <returns>The resources that differ from before.</returns>
    public IReadOnlyCollection<(XdsType Type, string Name)> Refresh(MeshState? state)
    {
        if (contributors is null || contributors.IsEmpty || state is null || contributors.Shapes(state, node) is not { } shapes) return [];
        if (_shapes.AsSpan().SequenceEqual(shapes.AsSpan())) return [];
        if (contributors.Draft(state, node, declared) is not { } drafted) return [];
        _shapes = shapes;
        return Replace(ByType(drafted));
    }

    private List<(XdsType Type, string Name)> Replace(Dictionary<string, XdsResource>?[] now)
    {
        var changed = new List<(XdsType, string)>();
        foreach (var type in XdsTypes.PushOrder)
        {
            var (old, next) = (_types[type.Order] ?? Nothing, now[type.Order] ?? Nothing);
            changed.AddRange(next.Values.Where(r => old.GetValueOrDefault(r.Name)?.Hash != r.Hash).Select(r => (type, r.Name)));
            changed.AddRange(old.Keys.Where(name => !next.ContainsKey(name)).Select(name => (type, name)));
            _types[type.Order] = now[type.Order];
        }

        return changed;
    }

    private static Dictionary<string, XdsResource>?[] ByType(IEnumerable<XdsResource> resources)
    {
        var types = new Dictionary<string, XdsResource>?[XdsTypes.Count];
        foreach (var resource in resources) (types[resource.Type.Order] ??= new(StringComparer.Ordinal))[resource.Name] = resource;
        return types;
    }
}
