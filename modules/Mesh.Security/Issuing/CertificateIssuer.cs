using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Credentials;
using Mesh.Kernel.Values;
using Mesh.Security.Authority;
using Mesh.Security.JoinTokens;
using Microsoft.Extensions.Logging;

namespace Mesh.Security.Issuing;

/// <summary>A certificate with what its holder needs besides.</summary>
/// <param name="Identity">Whose it is.</param>
/// <param name="Chain">PEM: the certificate, then the intermediates up to the root, without it.</param>
/// <param name="Bundle">PEM: the roots that its holder must trust.</param>
/// <param name="NotAfter">Until when it is valid.</param>
/// <param name="RenewAt">When half of its life is over.</param>
internal sealed record IssuedCertificate(
    SpiffeId Identity, IReadOnlyList<string> Chain, IReadOnlyList<string> Bundle, DateTimeOffset NotAfter, DateTimeOffset RenewAt);

/// <summary>
/// Issues certificates (Flow step 1) to who has a join token or a certificate that is still valid. Whose one it is follows from that
/// alone. It is recorded before it is given out.
/// </summary>
internal sealed class CertificateIssuer(
    CertificateAuthority authority, ICredentialStore store, JoinTokenBook tokens, ILogger<CertificateIssuer> logger)
{
    private const int Tries = 8;
    private const string CsrField = "csr";

    /// <summary>A certificate for the service of a join token, which is used up by it.</summary>
    public async Task<(IssuedCertificate? Certificate, Refusal? Refusal)> JoinAsync(string csr, string token,
        CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var request = SigningRequest.Read(csr, CsrField, faults);
        if (token.Length == 0) faults.Add("join_token", "missing", "'join_token' is required.");
        if (faults.ToRefusal() is { } invalid) return (null, invalid);

        if (await tokens.FindAsync(token, cancellationToken).ConfigureAwait(false) is not { } record) return (null, TokenRefused);
        var loaded = await authority.GetAsync(cancellationToken).ConfigureAwait(false);
        var caller = new SpiffeId(loaded.TrustDomain, new ServiceKey(record.Namespace, record.Service));
        return await IssueAsync(caller, request!, $"join-token:{record.Id}", record.Id, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A further certificate for who has one of this authority, and shows by a signature that he has its key.</summary>
    public async Task<(IssuedCertificate? Certificate, Refusal? Refusal)> RenewAsync(
        string csr, string certificate, ReadOnlyMemory<byte> signature, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var request = SigningRequest.Read(csr, CsrField, faults);
        using var present = RenewalProof.ReadCertificate(certificate, "certificate", faults);
        if (signature.IsEmpty) faults.Add("signature", "missing", "'signature' is required.");
        if (faults.ToRefusal() is { } invalid) return (null, invalid);

        var loaded = await authority.GetAsync(cancellationToken).ConfigureAwait(false);
        var refused = RenewalProof.Check(loaded, present!, authority.Now);
        if (refused is not null)
        {
            // Another Registry may have changed the authority since.
            loaded = await authority.RefreshAsync(cancellationToken).ConfigureAwait(false);
            refused = RenewalProof.Check(loaded, present!, authority.Now);
        }

        if (refused is null && !RenewalProof.IsSigned(present!, request!, signature.Span))
            refused = Refusal.Of(RefusalKind.Forbidden, "signature", "wrong-signature",
                "The signature over the request was not made with the key of the certificate.");
        if (refused is not null) return (null, refused);
        var caller = LeafCertificate.IdentityIn(present!)!;
        var renewed = new RenewedCertificate(Serials.Of(present!), SHA256.HashData(present!.RawDataMemory.Span));
        return await IssueAsync(caller, request!, $"certificate:{renewed.Serial}", null, renewed, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(IssuedCertificate? Certificate, Refusal? Refusal)> IssueAsync(
        SpiffeId caller, SigningRequest request, string requester, string? token, RenewedCertificate? renewed,
        CancellationToken cancellationToken)
    {
        var faults = new Faults();
        request.CheckNames(caller, CsrField, faults);
        if (faults.ToRefusal() is { } wrong) return (null, wrong);
        for (var i = 0; i < Tries; i++)
        {
            var loaded = await UsableAsync(cancellationToken).ConfigureAwait(false);
            var now = authority.Now;
            var signer = loaded.State.Signer(now);
            var issuer = loaded.CertificateOf(signer);
            var lifetimes = authority.Options.Lifetimes;
            // Nobody accepts a leaf for longer than all that is above it.
            var validity = Validity.From(now, lifetimes.Leaf, lifetimes.ClockSkew).Within(loaded.LifeOf(signer));
            if (validity.NotAfter <= now || validity.NotAfter <= validity.NotBefore)
                return (null, Refusal.Of(RefusalKind.Unavailable, "", "authority-expired",
                    "The authority's intermediate, or what is above it, has expired. 'cdaprod-mesh security ca status' shows what; import "
                        + "another one, or make a new root: cdaprod-mesh security ca rotate --root."));
            using var leaf = LeafCertificate.Issue(caller, request.Key, issuer, loaded.KeyOf(signer), validity);
            var record = new CertificateRecord
            {
                Serial = Serials.Of(leaf), Identity = caller.ToString(), Issuer = signer.Id,
                Fingerprint = SHA256.HashData(leaf.RawDataMemory.Span), RequestHash = request.Hash, NotBefore = validity.NotBefore,
                NotAfter = validity.NotAfter, IssuedAt = now, Requester = requester,
            };
            var condition = new IssueCondition(loaded.Version, token, renewed, record.Identity);
            switch (await store.TryIssueAsync(record, condition, cancellationToken).ConfigureAwait(false))
            {
                case IssueOutcome.Issued:
                    AuthorityLog.Issued(logger, record.Serial, record.Identity, requester, record.NotAfter);
                    return (Answer(loaded, caller, leaf, signer, now), null);
                case IssueOutcome.AuthorityMoved:
                    await authority.RefreshAsync(cancellationToken).ConfigureAwait(false);
                    continue;
                case IssueOutcome.TokenSpent:
                    return (null, TokenRefused);
                case IssueOutcome.Denied:
                    return (null, Refusal.Of(RefusalKind.Forbidden, "", "denied",
                        $"{caller}, its certificate or one that it descends from is on the deny list. 'cdaprod-mesh security revocation "
                            + "list' shows why."));
                case IssueOutcome.UnknownCertificate:
                    return (null, RenewalProof.NotRecorded);
                default:
                    return (null, Refusal.Of(RefusalKind.Conflict, CsrField, "request-repeated",
                        "This signing request has been answered. Make another one; the key may stay."));
            }
        }

        throw new AuthorityUnusableException("authority-busy", $"The authority was changed {Tries} times meanwhile. Try again.");
    }

    // Roots overlap as long as the longest leaf lives: a longer life has to be known before the first one begins.
    private async ValueTask<LoadedAuthority> UsableAsync(CancellationToken cancellationToken)
    {
        var loaded = await authority.GetAsync(cancellationToken).ConfigureAwait(false);
        var leaf = authority.Options.LeafLifetime;
        if (leaf <= loaded.State.LongestLeaf) return loaded;
        var (changed, _) = await authority.ChangeAsync(
            (state, _) => leaf <= state.LongestLeaf ? null : state with { LongestLeaf = leaf }, cancellationToken).ConfigureAwait(false);
        return changed;
    }

    private static IssuedCertificate Answer(LoadedAuthority loaded, SpiffeId caller, X509Certificate2 leaf, CaEntry signer,
        DateTimeOffset now)
    {
        var validity = Validity.Of(leaf);
        string[] chain = [leaf.ExportCertificatePem(), .. AuthorityPem.ChainOf(loaded, signer)];
        return new IssuedCertificate(caller, chain, AuthorityPem.BundleOf(loaded, now), validity.NotAfter,
            now + ((validity.NotAfter - now) / 2));
    }

    // One answer for all: which of them it is would help whoever guesses.
    private static Refusal TokenRefused => Refusal.Of(RefusalKind.Forbidden, "join_token", "join-token-refused",
        "The join token is unknown, used, revoked or expired. Make another one: cdaprod-mesh security join-token create.");
}
