using Mesh.Contracts.Security;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Credentials;
using Mesh.Kernel.Values;
using Mesh.Security.Authority;
using Mesh.Security.Issuing;
using Mesh.Security.JoinTokens;
using Microsoft.Extensions.Logging;

namespace Mesh.Security.Operations;

/// <summary>Join tokens, the deny list and what was issued, over REST and gRPC alike (Flow step 1).</summary>
internal sealed class CredentialOperations(
    CertificateAuthority authority, ICredentialStore store, JoinTokenBook tokens, TimeProvider time,
    ILogger<CredentialOperations> logger)
{
    /// <summary>Items of one list.</summary>
    public const int MostItems = 1000;

    private const int LongestReason = 512;

    /// <summary>Makes a join token.</summary>
    public Task<Answered<JoinTokenCreatedAnswer>> CreateTokenAsync(JsonFields fields, string actor, Faults faults,
        CancellationToken cancellationToken) => Guarded.RunAsync<JoinTokenCreatedAnswer>(async () =>
    {
        var key = KeyOf(fields.Text("service"), fields.Text("namespace"), faults);
        var (least, most) = JoinTokenBook.Lifetimes;
        var lifetime = fields.Text("lifetime") is { Length: > 0 } text
            ? Durations.Read(text, "lifetime", least, most, faults)
            : JoinTokenBook.DefaultLifetime;
        fields.End();
        if (faults.ToRefusal() is { } invalid) return invalid;
        var (token, record) = await tokens.CreateAsync(key!.Value, lifetime!.Value, actor, cancellationToken).ConfigureAwait(false);
        AuthorityLog.TokenMade(logger, actor, record.Id, $"{record.Namespace}/{record.Service}", record.ExpiresAt);
        return new JoinTokenCreatedAnswer
        {
            Id = record.Id, Token = token.Reveal(), Service = record.Service, Namespace = record.Namespace, ExpiresAt = record.ExpiresAt,
        };
    });

    /// <summary>Lists join tokens.</summary>
    public Task<Answered<JoinTokenListAnswer>> ListTokensAsync(Faults faults, CancellationToken cancellationToken) =>
        Guarded.RunAsync<JoinTokenListAnswer>(async () =>
    {
        if (faults.ToRefusal() is { } invalid) return invalid;
        var records = await store.ListJoinTokensAsync(MostItems, cancellationToken).ConfigureAwait(false);
        return new JoinTokenListAnswer([.. records.Select(Show)]);
    });

    /// <summary>Ends a join token that was not used.</summary>
    public Task<Answered<SecurityChangeAnswer>> RevokeTokenAsync(string id, string actor, Faults faults,
        CancellationToken cancellationToken) => Guarded.RunAsync<SecurityChangeAnswer>(async () =>
    {
        if (id.Length == 0) faults.Add("id", "missing", "'id' is required.");
        if (faults.ToRefusal() is { } invalid) return invalid;
        // What was sent is not repeated: people send the token itself, which then stands in logs and on terminals.
        if (await store.FindJoinTokenAsync(id, cancellationToken).ConfigureAwait(false) is null)
            return Refusal.Of(RefusalKind.NotFound, "id", "unknown-join-token",
                "There is no join token with this id. Name it by its id, as 'cdaprod-mesh security join-token list' shows it, and never "
                    + "send the token itself.");
        var changed = await store.RevokeJoinTokenAsync(id, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        if (changed) AuthorityLog.TokenRevoked(logger, actor, id);
        return new SecurityChangeAnswer(changed);
    });

    /// <summary>Puts a certificate or a service on the deny list.</summary>
    public Task<Answered<SecurityChangeAnswer>> AddRevocationAsync(JsonFields fields, string actor, Faults faults,
        CancellationToken cancellationToken) => Guarded.RunAsync<SecurityChangeAnswer>(async () =>
    {
        var reason = fields.Text("reason") ?? "";
        if (reason.Length > LongestReason)
            faults.Add("reason", "too-long", $"The reason has {reason.Length} characters; at most {LongestReason} are allowed.");
        var (serial, service, space) = (fields.Text("serial"), fields.Text("service"), fields.Text("namespace"));
        fields.End();
        if (await SubjectAsync(serial, service, space, faults, cancellationToken).ConfigureAwait(false) is not { } subject)
            return faults.ToRefusal()!;
        if (faults.ToRefusal() is { } invalid) return invalid;
        var outcome = await store.AddRevocationAsync(
            new(subject, time.GetUtcNow(), actor, reason), DenyList.SerialOf(subject), cancellationToken).ConfigureAwait(false);
        if (outcome == RevocationOutcome.UnknownCertificate)
            return Refusal.Of(RefusalKind.NotFound, "serial", "unknown-certificate",
                "No certificate with this serial is on record. 'cdaprod-mesh security certificates' lists them.");
        if (outcome == RevocationOutcome.Added) AuthorityLog.Denied(logger, actor, subject);
        return new SecurityChangeAnswer(outcome == RevocationOutcome.Added);
    });

    /// <summary>Takes it off again.</summary>
    public Task<Answered<SecurityChangeAnswer>> RemoveRevocationAsync(string? serial, string? service, string? @namespace, string actor,
        Faults faults, CancellationToken cancellationToken) => Guarded.RunAsync<SecurityChangeAnswer>(async () =>
    {
        if (await SubjectAsync(serial, service, @namespace, faults, cancellationToken).ConfigureAwait(false) is not { } subject
            || faults.Any) return faults.ToRefusal()!;
        var changed = await store.RemoveRevocationAsync(subject, cancellationToken).ConfigureAwait(false);
        if (changed) AuthorityLog.DenialRemoved(logger, actor, subject);
        return new SecurityChangeAnswer(changed);
    });

    /// <summary>Shows the deny list.</summary>
    public Task<Answered<RevocationListAnswer>> ListRevocationsAsync(Faults faults, CancellationToken cancellationToken) =>
        Guarded.RunAsync<RevocationListAnswer>(async () =>
    {
        if (faults.ToRefusal() is { } invalid) return invalid;
        var records = await store.ListRevocationsAsync(MostItems, cancellationToken).ConfigureAwait(false);
        return new RevocationListAnswer([.. records.Select(Show)]);
    });

    /// <summary>Shows what was issued.</summary>
    public Task<Answered<CertificateListAnswer>> ListCertificatesAsync(string? service, string? @namespace, long? limit, Faults faults,
        CancellationToken cancellationToken) => Guarded.RunAsync<CertificateListAnswer>(async () =>
    {
        const int Usual = 100;
        var key = string.IsNullOrEmpty(service) ? null : KeyOf(service, @namespace, faults);
        if (string.IsNullOrEmpty(service) && !string.IsNullOrEmpty(@namespace))
            faults.Add("service", "missing", "'namespace' needs 'service'.");
        if (limit is < 1 or > MostItems)
            faults.Add("limit", "out-of-range", $"Expected a whole number from 1 to {MostItems}, found {limit}.");
        if (faults.ToRefusal() is { } invalid) return invalid;
        var identity = key is { } one ? await IdentityOfAsync(one, cancellationToken).ConfigureAwait(false) : null;
        var records = await store.ListCertificatesAsync(identity, (int)(limit ?? Usual), cancellationToken).ConfigureAwait(false);
        return new CertificateListAnswer([.. records.Select(Show)]);
    });

    private async Task<string?> SubjectAsync(string? serial, string? service, string? @namespace, Faults faults,
        CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(serial) == string.IsNullOrEmpty(service))
        {
            faults.Add("serial", "contradiction", "Set 'serial' for one certificate, or 'service' for all of a service.");
            return null;
        }

        if (!string.IsNullOrEmpty(service))
            return KeyOf(service, @namespace, faults) is { } key
                ? await IdentityOfAsync(key, cancellationToken).ConfigureAwait(false)
                : null;
        if (!string.IsNullOrEmpty(@namespace))
            faults.Add("namespace", "contradiction", "'namespace' goes with 'service', not with 'serial'.");
        if (Serials.TryParse(serial!) is { } known) return DenyList.SubjectOf(known);
        faults.Add("serial", "not-a-serial", "A serial is 2 to 40 hexadecimal digits; 'cdaprod-mesh security certificates' lists them.");
        return null;
    }

    private async Task<string> IdentityOfAsync(ServiceKey key, CancellationToken cancellationToken) =>
        new SpiffeId((await authority.GetAsync(cancellationToken).ConfigureAwait(false)).TrustDomain, key).ToString();

    private static ServiceKey? KeyOf(string? service, string? @namespace, Faults faults) => ServiceKey.Of(
        Labels.Read(@namespace, "namespace", ServiceKey.DefaultNamespace, faults), Labels.Read(service, "service", null, faults));

    private JoinTokenAnswer Show(JoinTokenRecord record) => new()
    {
        Id = record.Id, Service = record.Service, Namespace = record.Namespace, CreatedAt = record.CreatedAt, CreatedBy = record.CreatedBy,
        ExpiresAt = record.ExpiresAt, UsedAt = record.UsedAt,
        State = record.UsedAt is not null ? "used"
            : record.RevokedAt is not null ? "revoked"
            : record.ExpiresAt <= time.GetUtcNow() ? "expired"
            : "unused",
    };

    private static RevocationAnswer Show(RevocationRecord record) => new()
    {
        Serial = DenyList.SerialOf(record.Subject), Identity = DenyList.SerialOf(record.Subject) is null ? record.Subject : null,
        At = record.At, Actor = record.Actor, Reason = record.Reason.Length == 0 ? null : record.Reason,
    };

    private static CertificateAnswer Show(CertificateRecord record) => new()
    {
        Serial = record.Serial, Identity = record.Identity, Issuer = record.Issuer, NotBefore = record.NotBefore,
        NotAfter = record.NotAfter, IssuedAt = record.IssuedAt, Requester = record.Requester, Lineage = record.Lineage,
    };
}
