using System.Security.Cryptography.X509Certificates;

namespace Mesh.Security.Authority;

/// <summary>
/// The changes of an authority, as a function of its state and the time. A new intermediate signs at once, since its chain comes with
/// every leaf. A new root is trusted at once and used once every leaf has been renewed, so that every peer knows it by then.
/// </summary>
internal sealed class Rotation(ICaKeys keys, Lifetimes lifetimes, DateTimeOffset now)
{
    private static readonly TimeSpan LeastMargin = TimeSpan.FromMinutes(1);

    /// <summary>How long a change is remembered by its Idempotency-Key.</summary>
    public static TimeSpan KeyRetention { get; } = TimeSpan.FromHours(24);

    /// <summary>A new authority with a root and an intermediate.</summary>
    public AuthorityState Create(TrustDomain domain)
    {
        var (root, intermediate) = MakeRoot(domain, now);
        return new AuthorityState
        {
            TrustDomain = domain.Name, LongestLeaf = lifetimes.Leaf, Roots = [root], Intermediates = [intermediate],
        };
    }

    /// <summary>
    /// Whether an intermediate can be made below the root in use: its key is here, and it outlives the leaves that would be signed.
    /// </summary>
    public bool CanSignIntermediates(AuthorityState state) => state.Root(now).Key is not null && !IsRootOver(state);

    /// <summary>The state with a new intermediate below the root in use; it must be possible to make one.</summary>
    public AuthorityState NewIntermediate(AuthorityState state)
    {
        var root = state.Root(now);
        using var rootKey = keys.Open(root);
        using var certificate = root.Load();
        var entry = MakeIntermediate(Domain(state), certificate, rootKey, root.Id, now);
        return state with { Intermediates = Ordered(state.Intermediates, entry) };
    }

    /// <summary>The state with a new root and an intermediate below it.</summary>
    /// <param name="state">Before.</param>
    /// <param name="atOnce">
    /// Whether it is used at once, at the price of calls that fail until peers know it; as it is where the root in use is over.
    /// </param>
    public AuthorityState NewRoot(AuthorityState state, bool atOnce)
    {
        var (root, intermediate) = MakeRoot(Domain(state), UsedFrom(state, atOnce));
        return Add(state, root, intermediate);
    }

    /// <summary>The state in which a prepared root is used at once.</summary>
    public AuthorityState ActivatePrepared(AuthorityState state) => state with
    {
        Roots = [.. state.Roots.Select(Activated)], Intermediates = [.. state.Intermediates.Select(Activated)],
    };

    /// <summary>From when certificates from outside would be used.</summary>
    public DateTimeOffset UsedFrom(AuthorityState state, ImportedAuthority imported, bool atOnce) =>
        UsedFrom(state, atOnce || IsTrusted(state, imported));

    /// <summary>The state with certificates from outside, of which the first must not end before leaves below it.</summary>
    public AuthorityState Import(AuthorityState state, ImportedAuthority imported, bool atOnce)
    {
        var activeFrom = UsedFrom(state, imported, atOnce);
        var root = new CaEntry
        {
            Id = imported.RootId, Certificate = imported.Root.RawData, ActiveFrom = activeFrom, Imported = true,
            Key = imported.IsRootKey ? keys.Protect(imported.RootId, imported.Key) : null,
        };
        if (imported.IsRootKey)
        {
            var below = MakeIntermediate(Domain(state), imported.Root, imported.Key, root.Id, activeFrom);
            return Add(state, root, below);
        }

        var intermediate = new CaEntry
        {
            Id = imported.SignerId, Certificate = imported.Signer.RawData, ActiveFrom = activeFrom, Imported = true, RootId = root.Id,
            Key = keys.Protect(imported.SignerId, imported.Key), Between = [.. imported.Between.Select(one => one.RawData)],
        };
        return IsTrusted(state, imported) && state.Root(now).Id == root.Id
            ? state with { Intermediates = Ordered(state.Intermediates, intermediate) }
            : Add(state, root, intermediate);
    }

    /// <summary>The state without what has expired, and without the private keys of what is no longer used.</summary>
    public AuthorityState Prune(AuthorityState state) => state with
    {
        Roots = [.. Kept(state.Roots)], Intermediates = [.. Kept(state.Intermediates)],
    };

    /// <summary>The request that was made under a key within the last day; null for none.</summary>
    public string? RequestOf(AuthorityState state, string key) => state.KeyedChanges.FirstOrDefault(one => one.Key == key && IsKept(one))
        ?.Request;

    /// <summary>The state that remembers a change by its key, and forgets those of more than a day ago.</summary>
    public AuthorityState Remember(AuthorityState state, string key, string request) =>
        state with { KeyedChanges = [.. state.KeyedChanges.Where(IsKept).Append(new(key, request, now))] };

    /// <summary>Whether the intermediate in use has lived two thirds of its life, so that a new one is due.</summary>
    public bool IsIntermediateDue(AuthorityState state) => HasLived(state.Signer(now), 2, 3);

    /// <summary>Whether the root in use has lived four fifths of its life and none is prepared.</summary>
    public bool IsRootDue(AuthorityState state) => state.PreparedRoot(now) is null && HasLived(state.Root(now), 4, 5);

    /// <summary>
    /// Whether the root in use ends before a prepared one would be used: nothing is gained by waiting, nor by an intermediate below it.
    /// </summary>
    public bool IsRootOver(AuthorityState state)
    {
        using var root = state.Root(now).Load();
        return Validity.Of(root).NotAfter <= now + state.LongestLeaf;
    }

    private TimeSpan Margin => lifetimes.ClockSkew > LeastMargin ? lifetimes.ClockSkew : LeastMargin;

    private bool IsKept(KeyedChange change) => change.At > now - KeyRetention;

    private DateTimeOffset UsedFrom(AuthorityState state, bool atOnce) => atOnce || IsRootOver(state) ? now : now + state.LongestLeaf;

    private bool IsTrusted(AuthorityState state, ImportedAuthority imported) =>
        state.Bundle(now).Any(root => root.Certificate.AsSpan().SequenceEqual(imported.Root.RawData));

    private bool HasLived(CaEntry entry, int parts, int of)
    {
        using var certificate = entry.Load();
        var life = Validity.Of(certificate);
        return now >= life.NotBefore + ((life.NotAfter - life.NotBefore) * parts / of);
    }

    private IEnumerable<CaEntry> Kept(IReadOnlyList<CaEntry> list)
    {
        for (var i = 0; i < list.Count; i++)
        {
            var next = i + 1 < list.Count ? list[i + 1].ActiveFrom : (DateTimeOffset?)null;
            // Longer than peers need it: who looks at what happened finds it.
            if (next is { } end && now >= end + lifetimes.Leaf + TimeSpan.FromDays(30)) continue;
            // A Registry whose clock is behind signs with it for a while yet.
            yield return next + Margin <= now && list[i].Key is not null ? list[i] with { Key = null } : list[i];
        }
    }

    private (CaEntry Root, CaEntry Intermediate) MakeRoot(TrustDomain domain, DateTimeOffset activeFrom)
    {
        using var key = CaKey.New();
        using var certificate = CaCertificates.Root(domain, key, Validity.From(now, lifetimes.Root, lifetimes.ClockSkew));
        var id = CaCertificates.IdOf(certificate)!;
        var root = new CaEntry { Id = id, Certificate = certificate.RawData, Key = keys.Protect(id, key), ActiveFrom = activeFrom };
        return (root, MakeIntermediate(domain, certificate, key, id, activeFrom));
    }

    private CaEntry MakeIntermediate(TrustDomain domain, X509Certificate2 root, CaKey rootKey, string rootId, DateTimeOffset activeFrom)
    {
        using var key = CaKey.New();
        // It begins to be used later than it is made, and is to live as long all the same.
        var validity = Validity.From(now, activeFrom - now + lifetimes.Intermediate, lifetimes.ClockSkew);
        using var certificate = CaCertificates.Intermediate(domain, key, root, rootKey, validity);
        var id = CaCertificates.IdOf(certificate)!;
        return new CaEntry
        {
            Id = id, Certificate = certificate.RawData, Key = keys.Protect(id, key), ActiveFrom = activeFrom, RootId = rootId,
        };
    }

    private AuthorityState Add(AuthorityState state, CaEntry root, CaEntry intermediate) => state with
    {
        Roots = Ordered(state.Roots, root), Intermediates = Ordered(state.Intermediates, intermediate),
    };

    private CaEntry Activated(CaEntry entry) => entry.ActiveFrom > now ? entry with { ActiveFrom = now } : entry;

    private static IReadOnlyList<CaEntry> Ordered(IReadOnlyList<CaEntry> list, CaEntry added) =>
        [.. list.Append(added).OrderBy(entry => entry.ActiveFrom)];

    private static TrustDomain Domain(AuthorityState state) =>
        TrustDomain.TryParse(state.TrustDomain) ?? throw new InvalidOperationException($"'{state.TrustDomain}' is no trust domain.");
}
