using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Configuration;

/// <summary>
/// The accepted resources of one kind: what was read from each, and the bytes and version as they came, to tell a control plane what is
/// here already and to keep them for a restart.
/// </summary>
internal sealed class ReceivedResources<T> where T : class
{
    private readonly Dictionary<string, (T Config, string Version, Any? Raw)> _all = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _all.Keys;

    public T? Find(string name) => _all.TryGetValue(name, out var one) ? one.Config : null;

    /// <summary>Sets what the control plane has said; a resource without content stands for its word that there is none.</summary>
    public void Set(string name, T config, Resource resource) => _all[name] = (config, resource.Version, resource.Resource_);

    public bool Remove(string name) => _all.Remove(name);

    public Dictionary<string, string> Versions() => Delivered().ToDictionary(e => e.Key, e => e.Value.Version, StringComparer.Ordinal);

    public IEnumerable<Resource> Raw() =>
        Delivered().Select(e => new Resource { Name = e.Key, Version = e.Value.Version, Resource_ = e.Value.Raw! });

    private IEnumerable<KeyValuePair<string, (T Config, string Version, Any? Raw)>> Delivered() => _all.Where(e => e.Value.Raw is not null);
}
