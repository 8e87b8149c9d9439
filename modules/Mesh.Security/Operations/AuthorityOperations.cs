using System.Security.Cryptography;
using System.Text;
using Mesh.Api.Rest;
using Mesh.Contracts.Security;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Security.Authority;
using Mesh.Security.Issuing;
using Mesh.Security.Keys;
using Microsoft.Extensions.Logging;

namespace Mesh.Security.Operations;

/// <summary>What people do with the certificate authority, over REST and gRPC alike (Flow step 1).</summary>
internal sealed class AuthorityOperations(CertificateAuthority authority, KeyVaults vaults, ILogger<AuthorityOperations> logger)
{
    /// <summary>How the authority is.</summary>
    public Task<Answered<AuthorityStatusAnswer>> StatusAsync(Faults faults, CancellationToken cancellationToken) =>
        Guarded.RunAsync<AuthorityStatusAnswer>(async () => faults.ToRefusal() is { } invalid
            ? invalid
            : Status(await authority.RefreshAsync(cancellationToken).ConfigureAwait(false)));

    /// <summary>The roots to be trusted.</summary>
    public Task<Answered<TrustBundleAnswer>> BundleAsync(Faults faults, CancellationToken cancellationToken) =>
        Guarded.RunAsync<TrustBundleAnswer>(async () =>
    {
        if (faults.ToRefusal() is { } invalid) return invalid;
        var loaded = await authority.RefreshAsync(cancellationToken).ConfigureAwait(false);
        return new TrustBundleAnswer(loaded.State.TrustDomain,
            string.Concat(AuthorityPem.BundleOf(loaded, authority.Now).Select(pem => pem + "\n")));
    });

    /// <summary>Makes a new intermediate, or a new root.</summary>
    /// <param name="fields"><c>root</c> and <c>atOnce</c>.</param>
    /// <param name="caller">Who asks, and under which key it is done once.</param>
    /// <param name="faults">What has been found so far.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<Answered<AuthorityChangeAnswer>> RotateAsync(JsonFields fields, CommandCaller caller, Faults faults,
        CancellationToken cancellationToken)
    {
        var (root, atOnce) = (fields.Flag("root") ?? false, fields.Flag("atOnce") ?? false);
        fields.End();
        if (atOnce && !root)
            faults.Add("atOnce", "contradiction",
                "'atOnce' is about a new root: set 'root' too. A new intermediate is always used at once.");
        var what = !root ? "rotated, a new intermediate" : atOnce ? "rotated, a new root used at once" : "rotated, a new root";
        return ChangeAsync(what, caller, faults, (state, rotation) =>
        {
            var prepared = state.PreparedRoot(authority.Now);
            if (!root)
                return state.Root(authority.Now) is { Key: null } ? RootElsewhere
                    : rotation.CanSignIntermediates(state) ? new(rotation.NewIntermediate(state), null)
                    : RootOver(state.Root(authority.Now));
            if (prepared is null) return new(rotation.NewRoot(state, atOnce), null);
            return atOnce ? new(rotation.ActivatePrepared(state), null) : UnderWay(prepared);
        }, cancellationToken);
    }

    /// <summary>Takes a root or an intermediate from outside.</summary>
    /// <param name="fields"><c>certificates</c>, <c>key</c> and <c>atOnce</c>.</param>
    /// <param name="caller">Who asks, and under which key it is done once.</param>
    /// <param name="faults">What has been found so far.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<Answered<AuthorityChangeAnswer>> ImportAsync(JsonFields fields, CommandCaller caller, Faults faults,
        CancellationToken cancellationToken) => Guarded.RunAsync<AuthorityChangeAnswer>(async () =>
    {
        var (certificates, secret, atOnce) = (fields.Text("certificates") ?? "", fields.Text("key") ?? "", fields.Flag("atOnce") ?? false);
        fields.End();
        if (faults.ToRefusal() is { } wrong) return wrong;
        var loaded = await authority.GetAsync(cancellationToken).ConfigureAwait(false);
        using var imported = ImportedAuthority.Read(certificates, secret, loaded.TrustDomain, authority.Now, faults);
        return await ChangeAsync(imported is null ? "" : $"imported {imported.Signer.Subject}", caller, faults, (state, rotation) =>
        {
            if (state.PreparedRoot(authority.Now) is { } prepared) return UnderWay(prepared);
            var needed = rotation.UsedFrom(state, imported!, atOnce) + state.LongestLeaf;
            return imported!.FirstEnd is var (subject, end) && end <= needed
                ? EndsTooSoon(subject, end, needed)
                : new(rotation.Import(state, imported, atOnce), null);
        }, cancellationToken).ConfigureAwait(false);
    });

    private Task<Answered<AuthorityChangeAnswer>> ChangeAsync(
        string what, CommandCaller caller, Faults faults, Func<AuthorityState, Rotation, Answered<AuthorityState>> change,
        CancellationToken cancellationToken) =>
        Guarded.RunAsync<AuthorityChangeAnswer>(async () =>
    {
        if (faults.ToRefusal() is { } invalid) return invalid;
        Refusal? refused = null;
        var (key, request) = (KeyOf(caller), Convert.ToHexStringLower(caller.RequestHash.Span));
        var (loaded, changed) = await authority.ChangeAsync((state, rotation) =>
        {
            refused = null;
            if (key is not null && rotation.RequestOf(state, key) is { } former)
            {
                if (former != request) refused = KeyReused;
                return null;
            }

            (var next, refused) = change(state, rotation);
            if (next is null) return null;
            next = rotation.Prune(next);
            return key is null ? next : rotation.Remember(next, key, request);
        }, cancellationToken).ConfigureAwait(false);
        if (changed) AuthorityLog.Changed(logger, caller.Actor, what);
        return refused is null ? new AuthorityChangeAnswer(changed, Status(loaded)) : refused;
    });

    private AuthorityStatusAnswer Status(LoadedAuthority loaded)
    {
        var warnings = AuthorityWarnings.Of(loaded, authority.Now).ToList();
        if (loaded.UnreadableReason(authority.Now) is { } unreadable) warnings.Add(unreadable);
        var protection = loaded.Vault.Protection;
        if (vaults.Place == "database" && protection == KeyProtection.None)
            warnings.Add("The key ring lies in the database beside the keys that it encrypts, and nothing protects it: set "
                + "Mesh:Security:PassphraseFile or Mesh:Security:CertificateFile.");
        return new AuthorityStatusAnswer
        {
            TrustDomain = loaded.State.TrustDomain, LeafLifetime = Durations.Write(authority.Options.LeafLifetime), KeyRing = vaults.Place,
            KeyProtection = protection,
            Roots = [.. loaded.State.Roots.Select(root => Show(loaded, root, isRoot: true))],
            Intermediates = [.. loaded.State.Intermediates.Select(one => Show(loaded, one, isRoot: false))],
            Warnings = warnings.Count == 0 ? null : warnings,
        };
    }

    private AuthorityCertificateAnswer Show(LoadedAuthority loaded, CaEntry entry, bool isRoot)
    {
        var certificate = loaded.CertificateOf(entry);
        return new AuthorityCertificateAnswer
        {
            Id = entry.Id, Phase = loaded.State.PhaseOf(entry, authority.Now).ToString().ToLowerInvariant(),
            Subject = certificate.Subject, Imported = entry.Imported, HasKey = entry.Key is not null, ActiveFrom = entry.ActiveFrom,
            NotAfter = Validity.Of(certificate).NotAfter, SupersededAt = loaded.State.SupersededAt(entry),
            TrustedUntil = isRoot ? loaded.State.LeavesAt(entry) : null,
        };
    }

    // A key is its sender's own, as everywhere in the mesh.
    private static string? KeyOf(CommandCaller caller) => caller.IdempotencyKey is not { } key ? null
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{caller.Actor}\n{key}")));

    private static Refusal KeyReused => Refusal.Of(RefusalKind.KeyReused, "Idempotency-Key", "key-reused",
        "The Idempotency-Key was used for another request. Send a new key with a new request.");

    private static Answered<AuthorityState> RootElsewhere => Refusal.Of(RefusalKind.Conflict, "root", "root-key-elsewhere",
        "The mesh does not have the private key of its root. Have another intermediate signed and import it, or make a new root.");

    private static Answered<AuthorityState> RootOver(CaEntry root)
    {
        using var certificate = root.Load();
        return Refusal.Of(RefusalKind.Conflict, "root", "root-ends",
            $"Root {root.Id} ends at {Validity.Of(certificate).NotAfter:u}, before certificates below a new intermediate would. "
                + "Import another root, or make a new one: 'root'.");
    }

    private static Answered<AuthorityState> EndsTooSoon(string subject, DateTimeOffset end, DateTimeOffset needed) => Refusal.Of(
        RefusalKind.Invalid, "certificates", "ends-too-soon",
        $"'{subject}' ends at {end:u}. It must be valid after {needed:u}: until certificates that it signs at first have ended.");

    private static Answered<AuthorityState> UnderWay(CaEntry prepared) => Refusal.Of(RefusalKind.Conflict, "root", "rotation-under-way",
        $"Root {prepared.Id} is trusted already and takes over at {prepared.ActiveFrom:u}. Wait, or rotate with 'root' and 'atOnce'.");
}
