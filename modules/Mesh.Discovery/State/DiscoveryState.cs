using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Discovery.Read;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;

namespace Mesh.Discovery.State;

/// <summary>
/// All services of the mesh at one position of the log (Flow steps 2 and 5). Immutable; every change costs O(log services).
/// </summary>
public sealed class DiscoveryState : IServiceCatalog, IStateJson
{
    private readonly ImmutableDictionary<ServiceKey, ServiceState> _services;
    private readonly ImmutableDictionary<ServiceKey, ServiceState>.Builder? _draft;
    private ImmutableDictionary<string, NamespaceUse> _namespaces;

    private DiscoveryState(ImmutableDictionary<ServiceKey, ServiceState> services, ImmutableDictionary<string, NamespaceUse> namespaces,
        bool draft = false)
    {
        _services = services;
        _namespaces = namespaces;
        _draft = draft ? services.ToBuilder() : null;
    }

    /// <summary>Before any event.</summary>
    public static DiscoveryState Empty { get; } = new(ImmutableDictionary<ServiceKey, ServiceState>.Empty,
        ImmutableDictionary<string, NamespaceUse>.Empty);

    /// <summary>Services that are to be listed, in no particular order.</summary>
    public IEnumerable<ServiceState> Services => _services.Values.Where(service => service.Exists);

    /// <summary>All that is kept, services that only remember their given defaults included.</summary>
    public IEnumerable<ServiceState> All => _services.Values;

    /// <summary>Namespaces that have services, in no particular order.</summary>
    public IEnumerable<string> Namespaces => _namespaces.Keys;

    (int Services, int Instances) IServiceCatalog.Size =>
        Namespaces.Select(Use)
            .Aggregate((Services: 0, Instances: 0), (sum, one) => (sum.Services + one.Services, sum.Instances + one.Instances));

    IEnumerable<ServiceView> IServiceCatalog.Services => Services.Select(service => service.View);

    /// <summary>The service, or null; also one that only remembers its given defaults.</summary>
    public ServiceState? Find(ServiceKey key) => _draft is null ? _services.GetValueOrDefault(key) : _draft.GetValueOrDefault(key);

    /// <summary>How much of its limits a namespace uses.</summary>
    public NamespaceUse Use(string @namespace) => _namespaces.GetValueOrDefault(@namespace);

    ServiceView? IServiceCatalog.Find(ServiceKey key) => _services.GetValueOrDefault(key) is { Exists: true } service ? service.View : null;

    /// <inheritdoc/>
    public ServiceKey? KeyOf(string stream) => DiscoveryStreams.KeyOf(stream);

    void IStateJson.WriteTo(Utf8JsonWriter writer) => ServiceAnswers.WriteState(this, writer);

    /// <summary>
    /// The state with <paramref name="service"/> in place of what was known of it: a new one, or a draft itself, changed.
    /// </summary>
    public DiscoveryState With(ServiceState service)
    {
        var before = Find(service.Key);
        var more = (service.Exists ? 1 : 0) - (before is { Exists: true } ? 1 : 0);
        var instances = service.Instances.Length - (before?.Instances.Length ?? 0);
        var namespaces = more == 0 && instances == 0 ? _namespaces : Used(service.Key.Namespace, more, instances);
        if (_draft is null)
            return new(service.IsNothing ? _services.Remove(service.Key) : _services.SetItem(service.Key, service), namespaces);
        _namespaces = namespaces;
        if (service.IsNothing) _draft.Remove(service.Key);
        else _draft[service.Key] = service;
        return this;
    }

    /// <summary>
    /// A copy for one long fold, that changes in place; only <see cref="Find"/>, <see cref="Use"/> and <see cref="With"/> are for it.
    /// </summary>
    internal DiscoveryState ToDraft() => new(_services, _namespaces, draft: true);

    /// <summary>What a draft has become.</summary>
    internal DiscoveryState ToImmutable() => _draft is null ? this : new(_draft.ToImmutable(), _namespaces);

    private ImmutableDictionary<string, NamespaceUse> Used(string @namespace, int services, int instances)
    {
        var use = Use(@namespace);
        use = new(use.Services + services, use.Instances + instances);
        return use == default ? _namespaces.Remove(@namespace) : _namespaces.SetItem(@namespace, use);
    }
}

/// <summary>How many services and instances a namespace has.</summary>
public readonly record struct NamespaceUse(int Services, int Instances);
