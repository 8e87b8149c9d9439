using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Configuration;

/// <summary>
/// The accepted resources of one kind: what was read from each, and the bytes and version as they came, to tell a control plane what is here
/// already and to keep them for a restart.
/// </summary>
internal sealed class ReceivedResources<T> where T : class
{
    private readonly Dictionary<string, (T Config, string Version, Any Raw)> _all = new(StringComparer.Ordinal);

    public int Count => _all.Count;

    public T? Find(string name) => _all.TryGetValue(name, out var one) ? one.Config : null;

    public void Set(string name, T config, Resource resource) => _all[name] = (config, resource.Version, resource.Resource_);

    public bool Remove(string name) => _all.Remove(name);

    public Dictionary<string, string> Versions() => _all.ToDictionary(e => e.Key, e => e.Value.Version, StringComparer.Ordinal);

    public IEnumerable<Resource> Raw() => _all.Select(e => new Resource { Name = e.Key, Version = e.Value.Version, Resource_ = e.Value.Raw });
}
