using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kernel.Catalog;
using Mesh.Security.Authority;

namespace Mesh.Tests.Security.Support;

/// <summary>An authority without a store, at a moment of its own.</summary>
internal sealed class TestAuthority
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, 250, TimeSpan.Zero);

    public TestAuthority(string domain = "cdaprod.mesh") => State = At(Start).Create(TrustDomain.TryParse(domain)!);

    public static Lifetimes Lifetimes { get; } = new(TimeSpan.FromDays(3650), TimeSpan.FromDays(90), TimeSpan.FromHours(24),
        TimeSpan.FromMinutes(5));

    public AuthorityState State { get; set; }

    public TrustDomain Domain => TrustDomain.TryParse(State.TrustDomain)!;

    public static Rotation At(DateTimeOffset now) => new(new PlainKeys(), Lifetimes, now);

    public SpiffeId Id(string service, string space = "default") => new(Domain, new ServiceKey(space, service));

    /// <summary>A leaf for a new key, or for this one.</summary>
    public X509Certificate2 Issue(SpiffeId id, DateTimeOffset now, PublicKey? key = null, TimeSpan? lifetime = null)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signer = State.Signer(now);
        using var issuer = signer.Load();
        using var signing = new PlainKeys().Open(signer);
        return LeafCertificate.Issue(id, key ?? new PublicKey(own), issuer, signing,
            Validity.From(now, lifetime ?? Lifetimes.Leaf, Lifetimes.ClockSkew));
    }

    /// <summary>PEM of the chain of a leaf, made at a time.</summary>
    public IReadOnlyList<string> Chain(X509Certificate2 leaf, DateTimeOffset now)
    {
        using var intermediate = State.Signer(now).Load();
        return [leaf.ExportCertificatePem(), intermediate.ExportCertificatePem()];
    }

    /// <summary>PEM of what peers trust at a time.</summary>
    public IReadOnlyList<string> Bundle(DateTimeOffset now) =>
        [.. State.Bundle(now).Select(root => PemEncoding.WriteString("CERTIFICATE", root.Certificate))];
}
