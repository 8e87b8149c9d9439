using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;

namespace Mesh.Contracts.Security;

/// <summary>
/// The mutual TLS mode of a service has been set or changed, or the default of a namespace. Stream <c>security/ns/service/mtls</c> or
/// <c>security/ns/mtls</c>.
/// </summary>
/// <param name="Namespace">Of the service, or the one whose default it is.</param>
/// <param name="Service">Name; null for the default of the namespace.</param>
/// <param name="Mode">As it is now.</param>
/// <param name="TrustDomain">
/// The trust domain of the mesh, which the identities of the service's instances begin with; null for <see cref="MtlsMode.Disable"/>.
/// </param>
public sealed record MtlsModeSet(string Namespace, string? Service, MtlsMode Mode, string? TrustDomain) : IMeshEvent<MtlsModeSet>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.security.mtls-mode-set.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<MtlsModeSet> JsonType => SecurityJson.Default.MtlsModeSet;
}

/// <summary>
/// The mutual TLS mode of a service has been removed, or the default of a namespace. Stream <c>security/ns/service/mtls</c> or
/// <c>security/ns/mtls</c>.
/// </summary>
/// <param name="Namespace">Of the service, or the one whose default it was.</param>
/// <param name="Service">Name; null for the default of the namespace.</param>
public sealed record MtlsModeRemoved(string Namespace, string? Service) : IMeshEvent<MtlsModeRemoved>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.security.mtls-mode-removed.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<MtlsModeRemoved> JsonType => SecurityJson.Default.MtlsModeRemoved;
}
