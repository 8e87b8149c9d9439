using System.Collections.Immutable;

namespace Mesh.Security.State;

/// <summary>The mutual TLS modes of one namespace. Immutable.</summary>
/// <param name="Default">That of services without one of their own; null for none.</param>
/// <param name="Services">Those of single services, by name.</param>
public sealed record NamespaceModes(MtlsEntry? Default, ImmutableSortedDictionary<string, MtlsEntry> Services)
{
    /// <summary>A namespace without modes.</summary>
    public static NamespaceModes None { get; } = new(null, ImmutableSortedDictionary.Create<string, MtlsEntry>(StringComparer.Ordinal));

    /// <summary>Whether none is set.</summary>
    public bool IsEmpty => Default is null && Services.IsEmpty;

    /// <summary>The mode of a service, or with null the default; null for none.</summary>
    public MtlsEntry? Find(string? service) => service is null ? Default : Services.GetValueOrDefault(service);

    /// <summary>With this mode in place of what was set; null for none.</summary>
    public NamespaceModes With(string? service, MtlsEntry? entry) => service is null
        ? this with { Default = entry }
        : this with { Services = entry is null ? Services.Remove(service) : Services.SetItem(service, entry) };
}
