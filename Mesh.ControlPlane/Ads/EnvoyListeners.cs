using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// Envoy's variants of a listener: the compiled template, bound to the address and port that a node declares for the upstream. Nodes that
/// declare the same share the bytes. An upstream declared without a port has no listener.
/// </summary>
public sealed class EnvoyListeners
{
    private const int Kept = 20_000;
    private readonly BoundedCache<(string Name, string Version, string Bind, int Port), XdsResource> _bound = new(Kept);
    private readonly string _bind = "";
    private readonly IReadOnlyDictionary<string, int> _ports = new Dictionary<string, int>();

    public EnvoyListeners()
    {
    }

    private EnvoyListeners(EnvoyListeners shared, string bind, IReadOnlyDictionary<string, int> ports) =>
        (_bound, _bind, _ports) = (shared._bound, bind, ports);

    /// <summary>The same cache as one node sees it.</summary>
    public EnvoyListeners For(string bind, IReadOnlyDictionary<string, int> ports) => new(this, bind, ports);

    public XdsResource? Bound(XdsResource template)
    {
        if (!_ports.TryGetValue(template.Name, out var port)) return null;
        return _bound.GetOrAdd((template.Name, template.Version, _bind, port), static (key, template) =>
            XdsResource.Of(ListenerBuilder.Bind(Listener.Parser.ParseFrom(template.Packed.Value), key.Bind, key.Port)), template);
    }
}
