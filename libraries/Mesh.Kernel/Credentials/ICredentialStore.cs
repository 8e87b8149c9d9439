namespace Mesh.Kernel.Credentials;

/// <summary>
/// What the certificate authority keeps in the mesh's database, beside the log: keys and tokens must be erasable, and a log is for good.
/// Every method throws a <see cref="Log.LogStoreException"/> where the database cannot be reached.
/// </summary>
public interface ICredentialStore
{
    /// <summary>The folder of the database's file, which one Registry has for itself; null for a database that several may share.</summary>
    string? Folder { get; }

    /// <summary>The authority's document; null before there is one.</summary>
    ValueTask<AuthorityDocument?> ReadAuthorityAsync(CancellationToken cancellationToken);

    /// <summary>Replaces the authority's document if it still has the version; 0 makes the first one.</summary>
    /// <returns>False, and nothing is written, if somebody else was first.</returns>
    ValueTask<bool> TryWriteAuthorityAsync(long expectedVersion, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>
    /// Records a certificate before anybody gets it, in one transaction with what it depends on: the authority that signed it is still the
    /// present one, nobody has denied it, its token is unused and becomes used or the certificate that it renews is recorded, and its
    /// request has not been answered before. Its lineage comes from the one or the other.
    /// </summary>
    ValueTask<IssueOutcome> TryIssueAsync(CertificateRecord certificate, IssueCondition condition, CancellationToken cancellationToken);

    /// <summary>Issued certificates, newest first.</summary>
    /// <param name="identity">Only those of this SPIFFE id; null for all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask<IReadOnlyList<CertificateRecord>> ListCertificatesAsync(string? identity, int limit, CancellationToken cancellationToken);

    /// <summary>Keeps a new token.</summary>
    ValueTask AddJoinTokenAsync(JoinTokenRecord token, CancellationToken cancellationToken);

    /// <summary>The token with this id; null if there is none.</summary>
    ValueTask<JoinTokenRecord?> FindJoinTokenAsync(string id, CancellationToken cancellationToken);

    /// <summary>Tokens, newest first, at most so many.</summary>
    ValueTask<IReadOnlyList<JoinTokenRecord>> ListJoinTokensAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Ends a token that was neither used nor revoked; false if there is no such one.</summary>
    ValueTask<bool> RevokeJoinTokenAsync(string id, DateTimeOffset time, CancellationToken cancellationToken);

    /// <summary>
    /// Puts something on the deny list. Once this has returned, no certificate that it denies is recorded: it waits for those that are
    /// being recorded.
    /// </summary>
    /// <param name="revocation">The entry.</param>
    /// <param name="serial">The certificate, with all that descend from the same join token; null where it denies an identity.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    ValueTask<RevocationOutcome> AddRevocationAsync(RevocationRecord revocation, string? serial, CancellationToken cancellationToken);

    /// <summary>Takes something off the deny list; false if it is not there.</summary>
    ValueTask<bool> RemoveRevocationAsync(string subject, CancellationToken cancellationToken);

    /// <summary>The deny list, newest first, at most so many.</summary>
    ValueTask<IReadOnlyList<RevocationRecord>> ListRevocationsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Forgets certificates and tokens that expired before <paramref name="before"/>; gives their number.</summary>
    ValueTask<int> PruneCredentialsAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
