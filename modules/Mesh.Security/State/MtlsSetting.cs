using Mesh.Contracts.Security;
using Mesh.Security.Authority;

namespace Mesh.Security.State;

/// <summary>A mutual TLS mode with what names the peers. Equal settings are equal values.</summary>
/// <param name="Mode">How connections are made.</param>
/// <param name="TrustDomain">Of the identities; null for <see cref="MtlsMode.Disable"/>, which needs none.</param>
public sealed record MtlsSetting(MtlsMode Mode, TrustDomain? TrustDomain)
{
    /// <summary>Plaintext, which is so where nothing is set.</summary>
    public static MtlsSetting Disabled { get; } = new(MtlsMode.Disable, null);

    /// <summary>The setting of a mode and a trust domain as it is written.</summary>
    /// <exception cref="InvalidDataException">The mode needs a trust domain, and this is none.</exception>
    public static MtlsSetting Of(MtlsMode mode, string? trustDomain) => mode == MtlsMode.Disable
        ? Disabled
        : new(mode, Authority.TrustDomain.TryParse(trustDomain)
            ?? throw new InvalidDataException($"'{trustDomain}' is not a trust domain, and mode {mode} needs one."));
}

/// <summary>A setting with its version.</summary>
/// <param name="Setting">As set.</param>
/// <param name="Version">Stream version of the entry that set it: its ETag.</param>
public sealed record MtlsEntry(MtlsSetting Setting, long Version);
