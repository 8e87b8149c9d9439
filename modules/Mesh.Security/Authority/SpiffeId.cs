using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;

namespace Mesh.Security.Authority;

/// <summary>
/// The identity of a workload: <c>spiffe://trust-domain/ns/namespace/sa/service</c>. There is one way to write an identity, and nothing
/// else is one: no port, user, query, fragment, escape, upper case, empty segment or slash at the end.
/// </summary>
/// <param name="TrustDomain">Who vouches for it.</param>
/// <param name="Service">Whose it is.</param>
public sealed record SpiffeId(TrustDomain TrustDomain, ServiceKey Service)
{
    private const string Scheme = "spiffe://", NamespacePart = "/ns/", ServicePart = "/sa/";

    /// <summary>The identity that the text is; null if it is none.</summary>
    public static SpiffeId? TryParse(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith(Scheme, StringComparison.Ordinal)) return null;
        var rest = text[Scheme.Length..];
        var slash = rest.IndexOf('/');
        if (slash < 0 || TrustDomain.TryParse(rest[..slash]) is not { } domain) return null;
        rest = rest[slash..];
        if (!rest.StartsWith(NamespacePart, StringComparison.Ordinal)) return null;
        rest = rest[NamespacePart.Length..];
        slash = rest.IndexOf('/');
        if (slash < 0 || !rest[slash..].StartsWith(ServicePart, StringComparison.Ordinal)) return null;
        var space = rest[..slash];
        var name = rest[(slash + ServicePart.Length)..];
        return Labels.IsDnsLabel(space) && Labels.IsDnsLabel(name)
            ? new SpiffeId(domain, new ServiceKey(space.ToString(), name.ToString()))
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme}{TrustDomain}{NamespacePart}{Service.Namespace}{ServicePart}{Service.Name}";
}
