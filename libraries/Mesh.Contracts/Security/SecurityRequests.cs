namespace Mesh.Contracts.Security;

/// <summary>Body of <c>POST /api/security/ca/rotate</c>.</summary>
public sealed record RotateAuthorityBody
{
    /// <summary>A new root too, not only a new intermediate; false if unset.</summary>
    public bool? Root { get; init; }

    /// <summary>Use the new root at once, at the price of calls that fail until every peer knows it; false if unset.</summary>
    public bool? AtOnce { get; init; }
}

/// <summary>Body of <c>POST /api/security/ca/import</c>.</summary>
public sealed record ImportAuthorityBody
{
    /// <summary>PEM: the certificate of the key first, then those up to the root.</summary>
    public required string Certificates { get; init; }

    /// <summary>PEM of the private key, not encrypted.</summary>
    public required string Key { get; init; }

    /// <summary>Use it at once; false if unset.</summary>
    public bool? AtOnce { get; init; }

    /// <inheritdoc/>
    public override string ToString() => nameof(ImportAuthorityBody);
}

/// <summary>Body of <c>POST /api/security/join-tokens</c>.</summary>
public sealed record JoinTokenBody
{
    /// <summary>The service that may join with it.</summary>
    public required string Service { get; init; }

    /// <summary>Its namespace; <c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>How long it may be used, 10 seconds to 24 hours; <c>1h</c> if unset.</summary>
    public string? Lifetime { get; init; }
}

/// <summary>Body of <c>POST /api/security/revocations</c>: a serial, or a service.</summary>
public sealed record RevocationBody
{
    /// <summary>Serial of one certificate in hexadecimal: it is not renewed, nor any that descends from the same join token.</summary>
    public string? Serial { get; init; }

    /// <summary>The service none of whose certificates is renewed, and that cannot join.</summary>
    public string? Service { get; init; }

    /// <summary>Its namespace; <c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>Why, for people; up to 512 characters.</summary>
    public string? Reason { get; init; }
}
