using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Contracts.Security;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Security.Authority;

namespace Mesh.Security.State;

/// <summary>
/// Security's intent at one position of the log: all mutual TLS modes of the mesh (Flow steps 2 and 5). Immutable. The authority, its keys
/// and what was issued are not part of it.
/// </summary>
public sealed class SecurityState : IStateJson, IInstanceSecurity
{
    private readonly ImmutableSortedDictionary<string, NamespaceModes> _namespaces;

    private SecurityState(ImmutableSortedDictionary<string, NamespaceModes> namespaces) => _namespaces = namespaces;

    /// <summary>Before any event.</summary>
    public static SecurityState Empty { get; } = new(ImmutableSortedDictionary.Create<string, NamespaceModes>(StringComparer.Ordinal));

    /// <summary>Namespaces that have modes, in order.</summary>
    public IEnumerable<KeyValuePair<string, NamespaceModes>> Namespaces => _namespaces;

    /// <summary>The modes of one namespace.</summary>
    public NamespaceModes In(string @namespace) => _namespaces.GetValueOrDefault(@namespace, NamespaceModes.None);

    /// <summary>The mode that is set for exactly this; null for none.</summary>
    public MtlsEntry? Find(MtlsScope scope) => In(scope.Namespace).Find(scope.Service);

    /// <summary>The mode in force: the service's own, else the default of its namespace, else none.</summary>
    public MtlsSetting EffectiveOf(ServiceKey service)
    {
        var modes = In(service.Namespace);
        return (modes.Find(service.Name) ?? modes.Default)?.Setting ?? MtlsSetting.Disabled;
    }

    /// <summary>The state with this mode in place of what was set; null for none.</summary>
    public SecurityState With(MtlsScope scope, MtlsEntry? entry)
    {
        var modes = In(scope.Namespace).With(scope.Service, entry);
        return new(modes.IsEmpty ? _namespaces.Remove(scope.Namespace) : _namespaces.SetItem(scope.Namespace, modes));
    }

    /// <inheritdoc/>
    public InstancePeer? PeerOf(ServiceKey service, bool takesTls)
    {
        var (mode, domain) = EffectiveOf(service);
        return domain is not null && (mode == MtlsMode.Strict || takesTls)
            ? new InstancePeer(new SpiffeId(domain, service).ToString(), mode == MtlsMode.Strict)
            : null;
    }

    void IStateJson.WriteTo(Utf8JsonWriter writer) => SecuritySnapshot.WriteTo(this, writer);
}
