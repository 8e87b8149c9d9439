namespace Mesh.DataPlane.Reading;

/// <summary>A secret as a data plane holds it. It prints its name and nothing else.</summary>
public sealed class SecretConfig
{
    internal SecretConfig(string name) => Name = name;

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>A certificate with those that lead to its authority, in PEM; null for authorities.</summary>
    public string? CertificateChain { get; internal init; }

    /// <summary>The certificate's private key, in PEM; null for authorities.</summary>
    public string? PrivateKey { get; internal init; }

    /// <summary>The authorities that certificates of others are checked against, in PEM; null for a certificate.</summary>
    public string? Authorities { get; internal init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
