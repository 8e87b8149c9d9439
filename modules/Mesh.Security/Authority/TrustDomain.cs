using Mesh.Kernel.Values;

namespace Mesh.Security.Authority;

/// <summary>
/// The name under which a certificate authority gives identities: DNS labels in lower case, so that it can be the host of a URI that a
/// name constraint permits.
/// </summary>
public sealed record TrustDomain
{
    /// <summary>Longest DNS name.</summary>
    public const int MaxLength = 253;

    private TrustDomain(string name) => Name = name;

    /// <summary>The trust domain of a mesh that names none.</summary>
    public static TrustDomain Default { get; } = new("cdaprod.mesh");

    /// <summary>Such as <c>cdaprod.mesh</c>.</summary>
    public string Name { get; }

    /// <summary>The trust domain of this name; null if it is none.</summary>
    public static TrustDomain? TryParse(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxLength) return null;
        foreach (var label in text.Split('.'))
        {
            if (!Labels.IsDnsLabel(text[label])) return null;
        }

        return new TrustDomain(text.ToString());
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
