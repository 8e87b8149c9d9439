using System.Globalization;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// What one client sees: which resource a name stands for, and what its wildcard covers. The wildcard covers the closures of the upstreams
/// it declared, of its own service, and its own inbound; nobody gets the whole mesh without declaring <c>mesh.upstreams: ["*"]</c>. Where a
/// service is not the same to all, its own service and its node's id say which variant it gets. Flow step 7.
/// </summary>
public sealed class StreamScope
{
    private readonly EnvoyListeners? _envoy;
    private readonly NodeResources _own;
    private readonly string[] _services;
    private readonly string _caller;
    private readonly string _node;
    private readonly bool _all;
    private readonly bool _usesPlaceholders;
    private readonly bool _delta;
    private readonly LibraryFaults _faults;

    /// <param name="node">The client.</param>
    /// <param name="listeners">Envoy's variants.</param>
    /// <param name="delta">Whether the stream can tell the client that a resource is absent.</param>
    /// <param name="contributors">Who drafts what the client gets for itself; null for nobody.</param>
    public StreamScope(NodeIdentity node, EnvoyListeners listeners, bool delta, NodeContributors? contributors = null)
    {
        Flavour = node.Flavour;
        _caller = node.Service.Length > 0 ? XdsNames.Canonical(node.Service) : "";
        _node = node.Id;
        _delta = delta;
        _usesPlaceholders = !delta && Flavour == XdsFlavour.Grpc;
        _faults = node.Faults;
        var ports = new Dictionary<string, int>(StringComparer.Ordinal);
        var services = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var upstream in node.Upstreams)
        {
            var colon = upstream.LastIndexOf(':');
            var name = XdsNames.Canonical(colon < 0 ? upstream : upstream[..colon]);
            if (name == "*") _all = true;
            else services.Add(name);
            if (colon >= 0 && Port(upstream[(colon + 1)..]) is { } port) ports[name] = port;
        }

        if (_caller.Length > 0) services.Add(_caller);
        _services = [.. services];
        var isEnvoy = Flavour == XdsFlavour.Envoy;
        if (isEnvoy) _envoy = listeners.For(node.Bind, ports);
        var declared = isEnvoy ? node.Inbound.SelectMany(inbound => Inbound(inbound, node.Bind)) : [];
        _own = new NodeResources(new XdsNode(_node, _caller, node.Cluster, Flavour), [.. declared], contributors);
    }

    public XdsFlavour Flavour { get; }

    /// <summary>Whether the wildcard covers everything.</summary>
    public bool All => _all;

    /// <summary>Asks the modules for what the client gets for itself, as it is in a snapshot.</summary>
    /// <returns>The resources that differ from before.</returns>
    public IReadOnlyCollection<(XdsType Type, string Name)> Refresh(XdsSnapshot snapshot) => _own.Refresh(snapshot.State);

    /// <summary>The resource a name stands for on this stream, or null.</summary>
    public XdsResource? Resolve(XdsView view, XdsType type, string name)
    {
        if (_own.Find(type, name) is { } own) return own;
        var found = Find(view, type, name);
        if (found is null) return _usesPlaceholders ? PlaceholderResources.Of(type, name) : null;
        return type == XdsTypes.Listener && _envoy is not null ? _envoy.Bound(found) : _faults.Adapt(found);
    }

    /// <summary>
    /// Whether the client would now be told that there is nothing of a name that a service can have, or that nobody serves it.
    /// </summary>
    public bool IsAbsent(XdsView view, XdsType type, string name)
    {
        if (type.Ownership == XdsOwnership.None) return false;
        if (!(_delta || _usesPlaceholders || type.IsFullState) || _own.Find(type, name) is not null || !PlaceholderResources.IsName(name))
            return false;
        return Find(view, type, name) is not { } found || (type == XdsTypes.ClusterLoadAssignment && PlaceholderResources.IsEmpty(found));
    }

    /// <summary>The names the wildcard of a type covers now.</summary>
    public HashSet<string> Wildcard(XdsView view, XdsType type)
    {
        var names = new HashSet<string>(_own.Names(type), StringComparer.Ordinal);
        if (_all)
        {
            names.EnsureCapacity(names.Count + view.Count(type));
            names.UnionWith(view.Names(type).Concat(Own(view, type)).Where(name => Covers(view, type, name)));
            return names;
        }

        if (type.Ownership == XdsOwnership.None) return names;
        foreach (var service in _services)
        {
            if (type.Ownership == XdsOwnership.Service)
            {
                if (Find(view, type, service) is not null) names.Add(service);
            }
            else
            {
                names.UnionWith(Chosen(view, service)?.Clusters ?? view.ClustersOf(service));
            }
        }

        return names;
    }

    /// <summary>Whether a wildcard over everything covers a name.</summary>
    public bool Covers(XdsView view, XdsType type, string name)
    {
        if (_own.Find(type, name) is not null) return true;
        if (type.Ownership == XdsOwnership.Cluster && view.IsReserved(name))
            return view.Varied.Any(service => service.Value.Of(_caller, _node)?.Clusters.Contains(name) == true);
        return Find(view, type, name) is not null;
    }

    private XdsResource? Find(XdsView view, XdsType type, string name) =>
        view.Varied.Count > 0 && Chosen(view, XdsNames.ServiceOf(name)) is { } variant
            && variant.Resources.TryGetValue((type, name), out var own)
            ? own
            : view.Find(type, name);

    /// <summary>The variant of a service that this client gets; null for the common one.</summary>
    private VariantView? Chosen(XdsView view, string service) => view.VariedOf(service)?.Of(_caller, _node);

    private IEnumerable<string> Own(XdsView view, XdsType type) =>
        view.Varied.Values.Select(service => service.Of(_caller, _node)).OfType<VariantView>()
            .SelectMany(variant => variant.Resources.Keys).Where(key => key.Type == type).Select(key => key.Name);

    private static int? Port(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535 ? port : null;

    private static IEnumerable<XdsResource> Inbound(string inbound, string bind)
    {
        var parts = inbound.Split(':');
        if (parts.Length != 2 || Port(parts[0]) is not { } port || Port(parts[1]) is not { } application) yield break;
        var name = $"inbound:{port}";
        yield return XdsResource.Of(ListenerBuilder.Inbound(name, bind, port, name));
        yield return XdsResource.Of(ClusterBuilder.Local(name, "127.0.0.1", application));
    }
}
