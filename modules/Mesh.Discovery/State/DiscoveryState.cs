using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Discovery.Read;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Http;

namespace Mesh.Discovery.State;

/// <summary>All services of the mesh at one position of the log (Flow steps 2 and 5). Immutable; every change costs O(log services).</summary>
public sealed class DiscoveryState : IServiceCatalog, IStateJson
{
    private readonly ImmutableDictionary<ServiceKey, ServiceState> _services;
    private readonly ImmutableDictionary<string, NamespaceUse> _namespaces;

    private DiscoveryState(ImmutableDictionary<ServiceKey, ServiceState> services, ImmutableDictionary<string, NamespaceUse> namespaces)
    {
        _services = services;
        _namespaces = namespaces;
    }

    /// <summary>Before any event.</summary>
    public static DiscoveryState Empty { get; } = new(ImmutableDictionary<ServiceKey, ServiceState>.Empty, ImmutableDictionary<string, NamespaceUse>.Empty);

    /// <summary>Services that are to be listed, in no particular order.</summary>
    public IEnumerable<ServiceState> Services => _services.Values.Where(service => service.Exists);

    /// <summary>All that is kept, services that only remember their given defaults included.</summary>
    public IEnumerable<ServiceState> All => _services.Values;

    /// <summary>Namespaces that have services, in no particular order.</summary>
    public IEnumerable<string> Namespaces => _namespaces.Keys;

    IEnumerable<ServiceView> IServiceCatalog.Services => Services.Select(service => service.View);

    /// <summary>The service, or null; also one that only remembers its given defaults.</summary>
    public ServiceState? Find(ServiceKey key) => _services.GetValueOrDefault(key);

    /// <summary>How much of its limits a namespace uses.</summary>
    public NamespaceUse Use(string @namespace) => _namespaces.GetValueOrDefault(@namespace);

    ServiceView? IServiceCatalog.Find(ServiceKey key) => _services.GetValueOrDefault(key) is { Exists: true } service ? service.View : null;

    /// <inheritdoc/>
    public ServiceKey? KeyOf(string stream) => DiscoveryStreams.KeyOf(stream);

    void IStateJson.WriteTo(Utf8JsonWriter writer) => ServiceAnswers.WriteState(this, writer);

    /// <summary>The state with <paramref name="service"/> in place of what was known of it.</summary>
    public DiscoveryState With(ServiceState service)
    {
        var before = _services.GetValueOrDefault(service.Key);
        var services = service.IsNothing ? _services.Remove(service.Key) : _services.SetItem(service.Key, service);
        var more = (service.Exists ? 1 : 0) - (before is { Exists: true } ? 1 : 0);
        var instances = service.Instances.Length - (before?.Instances.Length ?? 0);
        if (more == 0 && instances == 0) return new(services, _namespaces);
        var use = Use(service.Key.Namespace);
        use = new(use.Services + more, use.Instances + instances);
        return new(services, use == default ? _namespaces.Remove(service.Key.Namespace) : _namespaces.SetItem(service.Key.Namespace, use));
    }
}

/// <summary>How many services and instances a namespace has.</summary>
public readonly record struct NamespaceUse(int Services, int Instances);
