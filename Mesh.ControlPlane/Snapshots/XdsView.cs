using System.Collections.Immutable;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Snapshots;

/// <summary>All resources of one flavour at one moment, immutable: what everybody gets, and what some get in its place.</summary>
public sealed class XdsView
{
    private readonly ImmutableDictionary<string, XdsResource>[] _types;
    private readonly ImmutableDictionary<string, string>[] _names;
    private readonly ImmutableDictionary<string, ImmutableArray<string>> _clusters;
    private readonly ImmutableDictionary<string, VariedService> _varied;
    private readonly ImmutableHashSet<string> _reserved;

    private XdsView(
        ImmutableDictionary<string, XdsResource>[] types, ImmutableDictionary<string, string>[] names,
        ImmutableDictionary<string, ImmutableArray<string>> clusters, ImmutableDictionary<string, VariedService> varied,
        ImmutableHashSet<string> reserved) =>
        (_types, _names, _clusters, _varied, _reserved) = (types, names, clusters, varied, reserved);

    public static XdsView Empty { get; } = new(
        [.. XdsTypes.PushOrder.Select(_ => ImmutableDictionary.Create<string, XdsResource>(StringComparer.Ordinal))],
        [.. XdsTypes.PushOrder.Select(_ => ImmutableDictionary.Create<string, string>(StringComparer.Ordinal))],
        ImmutableDictionary.Create<string, ImmutableArray<string>>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, VariedService>(StringComparer.Ordinal),
        ImmutableHashSet.Create<string>(StringComparer.Ordinal));

    /// <summary>The common resource of a name, for whoever gets no other.</summary>
    public XdsResource? Find(XdsType type, string name) => _types[type.Order].GetValueOrDefault(name);

    public IEnumerable<string> Names(XdsType type) => _types[type.Order].Keys;

    public int Count(XdsType type) => _types[type.Order].Count;

    /// <summary>The common resources of a type, by name.</summary>
    public ImmutableDictionary<string, XdsResource> All(XdsType type) => _types[type.Order];

    /// <summary>Their names, each as its own value: what streams share of them keeps no resource alive.</summary>
    public ImmutableDictionary<string, string> AllNames(XdsType type) => _names[type.Order];

    /// <summary>The clusters in the dependency closure of a service's listener.</summary>
    public ImmutableArray<string> ClustersOf(string service) => _clusters.GetValueOrDefault(service, []);

    /// <summary>Services of which not all clients get the same, by wire name.</summary>
    public IReadOnlyDictionary<string, VariedService> Varied => _varied;

    /// <summary>How a service differs between clients; null where it does not.</summary>
    public VariedService? VariedOf(string service) => _varied.IsEmpty ? null : _varied.GetValueOrDefault(service);

    /// <summary>Whether only variants lead to a cluster, so that a wildcard over everything takes it in only with one of these.</summary>
    public bool IsReserved(string cluster) => !_reserved.IsEmpty && _reserved.Contains(cluster);

    public Builder ToBuilder() => new(this);

    /// <summary>Collects changes and remembers which resources really differ.</summary>
    public sealed class Builder(XdsView from)
    {
        private readonly ImmutableDictionary<string, XdsResource>.Builder?[] _types =
            new ImmutableDictionary<string, XdsResource>.Builder?[XdsTypes.Count];
        private readonly ImmutableDictionary<string, string>.Builder?[] _names =
            new ImmutableDictionary<string, string>.Builder?[XdsTypes.Count];
        private readonly HashSet<(XdsType Type, string Name)> _changed = [];
        private ImmutableDictionary<string, ImmutableArray<string>>.Builder? _clusters;
        private ImmutableDictionary<string, VariedService> _varied = from._varied;
        private ImmutableHashSet<string> _reserved = from._reserved;

        public IReadOnlyCollection<(XdsType Type, string Name)> Changed => _changed;

        public XdsResource? Find(XdsType type, string name) =>
            _types[type.Order] is { } builder ? builder.GetValueOrDefault(name) : from.Find(type, name);

        public void Set(XdsResource resource)
        {
            var old = Find(resource.Type, resource.Name);
            if (old?.Hash == resource.Hash) return;
            Of(resource.Type)[resource.Name] = resource;
            if (old is null) NamesOf(resource.Type)[resource.Name] = resource.Name;
            _changed.Add((resource.Type, resource.Name));
        }

        public void Remove(XdsType type, string name)
        {
            if (Find(type, name) is null) return;
            Of(type).Remove(name);
            NamesOf(type).Remove(name);
            _changed.Add((type, name));
        }

        public void SetClusters(string service, ImmutableArray<string> clusters)
        {
            _clusters ??= from._clusters.ToBuilder();
            if (clusters.IsEmpty) _clusters.Remove(service);
            else _clusters[service] = clusters;
        }

        /// <summary>Says how a service differs between clients; null where it does not.</summary>
        public void SetVaried(string service, VariedService? varied)
        {
            var old = _varied.GetValueOrDefault(service);
            if (old is null ? varied is null : old.Equals(varied)) return;
            // Whose variant it is, streams know: each looks whether it is concerned.
            foreach (var variant in (old?.Variants.Values ?? []).Concat(varied?.Variants.Values ?? []))
            {
                _changed.UnionWith(variant.Resources.Keys);
                foreach (var cluster in variant.Clusters.Where(c => c != service)) Touch(cluster);
            }

            _varied = varied is null ? _varied.Remove(service) : _varied.SetItem(service, varied);
        }

        /// <summary>Says whether only variants lead to a cluster.</summary>
        public void SetReserved(string cluster, bool reserved)
        {
            if (_reserved.Contains(cluster) == reserved) return;
            _reserved = reserved ? _reserved.Add(cluster) : _reserved.Remove(cluster);
            Touch(cluster);
        }

        public XdsView Build() => new(
            [.. XdsTypes.PushOrder.Select(type => _types[type.Order]?.ToImmutable() ?? from._types[type.Order])],
            [.. XdsTypes.PushOrder.Select(type => _names[type.Order]?.ToImmutable() ?? from._names[type.Order])],
            _clusters?.ToImmutable() ?? from._clusters, _varied, _reserved);

        private void Touch(string cluster)
        {
            foreach (var type in XdsTypes.OfServices.Where(type => type.Ownership == XdsOwnership.Cluster)) _changed.Add((type, cluster));
        }

        private ImmutableDictionary<string, XdsResource>.Builder Of(XdsType type) =>
            _types[type.Order] ??= from._types[type.Order].ToBuilder();

        private ImmutableDictionary<string, string>.Builder NamesOf(XdsType type) =>
            _names[type.Order] ??= from._names[type.Order].ToBuilder();
    }
}
