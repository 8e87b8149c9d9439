using System.Collections.Immutable;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Snapshots;

/// <summary>All resources of one flavour at one moment, immutable.</summary>
public sealed class XdsView
{
    private readonly ImmutableDictionary<string, XdsResource>[] _types;
    private readonly ImmutableDictionary<string, ImmutableArray<string>> _clusters;

    private XdsView(ImmutableDictionary<string, XdsResource>[] types, ImmutableDictionary<string, ImmutableArray<string>> clusters) =>
        (_types, _clusters) = (types, clusters);

    public static XdsView Empty { get; } = new(
        [.. XdsTypes.PushOrder.Select(_ => ImmutableDictionary.Create<string, XdsResource>(StringComparer.Ordinal))],
        ImmutableDictionary.Create<string, ImmutableArray<string>>(StringComparer.Ordinal));

    public XdsResource? Find(XdsType type, string name) => _types[(int)type].GetValueOrDefault(name);

    public IEnumerable<string> Names(XdsType type) => _types[(int)type].Keys;

    public int Count(XdsType type) => _types[(int)type].Count;

    /// <summary>The clusters in the dependency closure of a service's listener.</summary>
    public ImmutableArray<string> ClustersOf(string service) => _clusters.GetValueOrDefault(service, []);

    public Builder ToBuilder() => new(this);

    /// <summary>Collects changes and remembers which resources really differ.</summary>
    public sealed class Builder(XdsView from)
    {
        private readonly ImmutableDictionary<string, XdsResource>.Builder?[] _types = new ImmutableDictionary<string, XdsResource>.Builder?[4];
        private readonly HashSet<(XdsType Type, string Name)> _changed = [];
        private ImmutableDictionary<string, ImmutableArray<string>> _clusters = from._clusters;

        public IReadOnlyCollection<(XdsType Type, string Name)> Changed => _changed;

        public XdsResource? Find(XdsType type, string name) =>
            _types[(int)type] is { } builder ? builder.GetValueOrDefault(name) : from.Find(type, name);

        public void Set(XdsResource resource)
        {
            if (Find(resource.Type, resource.Name) is { } old && old.Hash == resource.Hash) return;
            Of(resource.Type)[resource.Name] = resource;
            _changed.Add((resource.Type, resource.Name));
        }

        public void Remove(XdsType type, string name)
        {
            if (Find(type, name) is null) return;
            Of(type).Remove(name);
            _changed.Add((type, name));
        }

        public void SetClusters(string service, ImmutableArray<string> clusters) =>
            _clusters = clusters.IsEmpty ? _clusters.Remove(service) : _clusters.SetItem(service, clusters);

        public XdsView Build() => new(
            [.. XdsTypes.PushOrder.Select(type => _types[(int)type]?.ToImmutable() ?? from._types[(int)type])], _clusters);

        private ImmutableDictionary<string, XdsResource>.Builder Of(XdsType type) =>
            _types[(int)type] ??= from._types[(int)type].ToBuilder();
    }
}
