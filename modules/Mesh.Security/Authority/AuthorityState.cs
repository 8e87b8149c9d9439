using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Security.Authority;

/// <summary>
/// The certificate authority of a mesh at one version: its roots and intermediates in the order in which they take over. Immutable; which
/// of them is in use follows from the time alone, so every Registry sees a rotation happen at the same moment.
/// </summary>
internal sealed record AuthorityState
{
    /// <summary>The trust domain of all identities.</summary>
    public required string TrustDomain { get; init; }

    /// <summary>The longest life that a leaf has been promised. Roots overlap for as long.</summary>
    public required TimeSpan LongestLeaf { get; init; }

    /// <summary>Roots by <see cref="CaEntry.ActiveFrom"/>.</summary>
    public required IReadOnlyList<CaEntry> Roots { get; init; }

    /// <summary>Intermediates, likewise.</summary>
    public required IReadOnlyList<CaEntry> Intermediates { get; init; }

    /// <summary>Changes of the last day that had an Idempotency-Key: one that is asked for again is answered, not repeated.</summary>
    public IReadOnlyList<KeyedChange> KeyedChanges { get; init; } = [];

    /// <summary>Data Protection's key ring, where it lies in the database; else empty.</summary>
    public IReadOnlyList<string> KeyRing { get; init; } = [];

    /// <summary>The root that leaves chain up to now.</summary>
    public CaEntry Root(DateTimeOffset now) => InUse(Roots, now);

    /// <summary>The intermediate that signs now.</summary>
    public CaEntry Signer(DateTimeOffset now) => InUse(Intermediates, now);

    /// <summary>
    /// What peers must trust now: the root in use, one that takes over later, and one before as long as its leaves may be valid.
    /// </summary>
    public IReadOnlyList<CaEntry> Bundle(DateTimeOffset now) => [.. Roots.Where(root => PhaseOf(root, now) != CaPhase.Expired)];

    /// <summary>What an entry is for now.</summary>
    public CaPhase PhaseOf(CaEntry entry, DateTimeOffset now) =>
        entry.ActiveFrom > now ? CaPhase.Prepared
        : SupersededAt(entry) is not { } end || end > now ? CaPhase.Active
        : now < LeavesAt(entry) ? CaPhase.Retiring
        : CaPhase.Expired;

    /// <summary>When another one takes over; null while none is there to.</summary>
    public DateTimeOffset? SupersededAt(CaEntry entry)
    {
        var list = Roots.Contains(entry) ? Roots : Intermediates;
        return list.SkipWhile(one => one != entry).Skip(1).FirstOrDefault()?.ActiveFrom;
    }

    /// <summary>When the last leaf below it has ended; null while none is there to take over.</summary>
    public DateTimeOffset? LeavesAt(CaEntry entry) => SupersededAt(entry) + LongestLeaf;

    /// <summary>
    /// The root of an intermediate: of several with the same key, the one that came last. Null if it is no longer there.
    /// </summary>
    public CaEntry? RootOf(CaEntry intermediate) => Roots.LastOrDefault(root => root.Id == intermediate.RootId);

    /// <summary>A root that takes over later; null for none.</summary>
    public CaEntry? PreparedRoot(DateTimeOffset now) => Roots.FirstOrDefault(root => root.ActiveFrom > now);

    /// <summary>The document, with the key ring where that lies in the database.</summary>
    public ReadOnlyMemory<byte> Serialize(IReadOnlyList<string> keyRing) =>
        JsonSerializer.SerializeToUtf8Bytes(this with { KeyRing = keyRing }, AuthorityJson.Default.AuthorityState);

    private static CaEntry InUse(IReadOnlyList<CaEntry> list, DateTimeOffset now) =>
        list.LastOrDefault(entry => entry.ActiveFrom <= now) ?? list[0];
}

/// <summary>One root or intermediate.</summary>
internal sealed record CaEntry
{
    /// <summary>Its subject key identifier in lower-case hexadecimal.</summary>
    public required string Id { get; init; }

    /// <summary>DER.</summary>
    public required byte[] Certificate { get; init; }

    /// <summary>Its private key, encrypted; null if the mesh does not have it.</summary>
    public byte[]? Key { get; init; }

    /// <summary>From when it is used.</summary>
    public required DateTimeOffset ActiveFrom { get; init; }

    /// <summary>Whether somebody brought it from outside.</summary>
    public bool Imported { get; init; }

    /// <summary>Of an intermediate: the certificates between it and its root, in DER.</summary>
    public IReadOnlyList<byte[]> Between { get; init; } = [];

    /// <summary>Of an intermediate: its root.</summary>
    public string? RootId { get; init; }

    /// <summary>The certificate, to be disposed.</summary>
    public X509Certificate2 Load() => X509CertificateLoader.LoadCertificate(Certificate);

    /// <summary>
    /// SHA-256 of the certificate in hexadecimal. Two certificates of one key have the same <see cref="Id"/>, and who makes certificates
    /// outside may write into them what he likes.
    /// </summary>
    [JsonIgnore]
    public string Fingerprint => Convert.ToHexString(SHA256.HashData(Certificate));

    public bool Equals(CaEntry? other) =>
        other is not null && Id == other.Id && ActiveFrom == other.ActiveFrom && Certificate.AsSpan().SequenceEqual(other.Certificate);

    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);
}

/// <summary>A change of the authority that was made under an Idempotency-Key.</summary>
/// <param name="Key">Hash of the key and of who sent it.</param>
/// <param name="Request">Hash of the request.</param>
/// <param name="At">When it was made.</param>
internal sealed record KeyedChange(string Key, string Request, DateTimeOffset At);

/// <summary>What a root or an intermediate is for at a moment.</summary>
internal enum CaPhase
{
    /// <summary>Trusted already, and not used yet.</summary>
    Prepared,

    /// <summary>In use.</summary>
    Active,

    /// <summary>No longer used; leaves below it may still be valid.</summary>
    Retiring,

    /// <summary>Neither used nor trusted.</summary>
    Expired,
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuthorityState))]
internal sealed partial class AuthorityJson : JsonSerializerContext;
