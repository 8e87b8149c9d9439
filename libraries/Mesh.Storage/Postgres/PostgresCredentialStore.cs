using System.Data;
using Mesh.Kernel.Credentials;
using Npgsql;

namespace Mesh.Storage.Postgres;

/// <summary>The certificate authority's tables beside the log, shared by several Registries.</summary>
internal sealed class PostgresCredentialStore(NpgsqlDataSource source, string description) : ICredentialStore
{
    private const string CertificateColumns =
        "serial, identity, issuer, fingerprint, request_hash, not_before, not_after, issued_at, requester, lineage";
    private const string TokenColumns = "id, hash, namespace, service, created_at, created_by, expires_at, used_at, revoked_at";

    public string? Folder => null;

    public async ValueTask<AuthorityDocument?> ReadAuthorityAsync(CancellationToken cancellationToken) =>
        (await AllAsync("read the authority", "SELECT version, data FROM authority",
            row => new AuthorityDocument(row.GetInt64(0), row.GetFieldValue<byte[]>(1)), cancellationToken).ConfigureAwait(false))
        .FirstOrDefault();

    public async ValueTask<bool> TryWriteAuthorityAsync(long expectedVersion, ReadOnlyMemory<byte> data,
        CancellationToken cancellationToken) => 1 == (expectedVersion == 0
        ? await WriteAsync("write the authority", "INSERT INTO authority (version, data) VALUES (1, $1) ON CONFLICT DO NOTHING",
            cancellationToken, data.ToArray()).ConfigureAwait(false)
        : await WriteAsync("write the authority", "UPDATE authority SET version = version + 1, data = $1 WHERE version = $2",
            cancellationToken, data.ToArray(), expectedVersion).ConfigureAwait(false));

    public ValueTask<IssueOutcome> TryIssueAsync(CertificateRecord certificate, IssueCondition condition,
        CancellationToken cancellationToken) =>
        TransactAsync("issue a certificate", connection => IssueAsync(connection, certificate, condition, cancellationToken),
            outcome => outcome == IssueOutcome.Issued, cancellationToken);

    public ValueTask<IReadOnlyList<CertificateRecord>> ListCertificatesAsync(string? identity, int limit,
        CancellationToken cancellationToken) => identity is null
        ? AllAsync("list certificates", $"SELECT {CertificateColumns} FROM certificates ORDER BY issued_at DESC, serial LIMIT $1",
            Certificate, cancellationToken, limit)
        : AllAsync("list certificates",
            $"SELECT {CertificateColumns} FROM certificates WHERE identity = $1 ORDER BY issued_at DESC, serial LIMIT $2",
            Certificate, cancellationToken, identity, limit);

    public async ValueTask AddJoinTokenAsync(JoinTokenRecord token, CancellationToken cancellationToken) =>
        await WriteAsync("add a join token",
            "INSERT INTO join_tokens (id, hash, namespace, service, created_at, created_by, expires_at) "
                + "VALUES ($1, $2, $3, $4, $5, $6, $7)",
            cancellationToken, token.Id, token.Hash.ToArray(), token.Namespace, token.Service, token.CreatedAt.UtcTicks, token.CreatedBy,
            token.ExpiresAt.UtcTicks).ConfigureAwait(false);

    public async ValueTask<JoinTokenRecord?> FindJoinTokenAsync(string id, CancellationToken cancellationToken) =>
        (await AllAsync("read a join token", $"SELECT {TokenColumns} FROM join_tokens WHERE id = $1", Token, cancellationToken,
            id).ConfigureAwait(false)).FirstOrDefault();

    public ValueTask<IReadOnlyList<JoinTokenRecord>> ListJoinTokensAsync(int limit, CancellationToken cancellationToken) =>
        AllAsync("list join tokens", $"SELECT {TokenColumns} FROM join_tokens ORDER BY created_at DESC, id LIMIT $1", Token,
            cancellationToken, limit);

    public async ValueTask<bool> RevokeJoinTokenAsync(string id, DateTimeOffset time, CancellationToken cancellationToken) =>
        1 == await WriteAsync("revoke a join token",
            "UPDATE join_tokens SET revoked_at = $1 WHERE id = $2 AND used_at IS NULL AND revoked_at IS NULL", cancellationToken,
            time.UtcTicks, id).ConfigureAwait(false);

    public ValueTask<RevocationOutcome> AddRevocationAsync(RevocationRecord revocation, string? serial,
        CancellationToken cancellationToken) => TransactAsync("add a revocation", async connection =>
    {
        // Waits for certificates that are being recorded, and holds up others: they find the entry.
        await connection.ExecuteAsync("SELECT 1 FROM authority FOR UPDATE", cancellationToken).ConfigureAwait(false);
        var lineage = serial is null
            ? null
            : await TextAsync(connection.Query("SELECT lineage FROM certificates WHERE serial = $1", serial), cancellationToken)
                .ConfigureAwait(false);
        if (serial is not null && lineage is null) return RevocationOutcome.UnknownCertificate;
        return 1 == await connection.ExecuteAsync(
            "INSERT INTO revocations (subject, time, actor, reason, lineage) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            cancellationToken, revocation.Subject, revocation.At.UtcTicks, revocation.Actor, revocation.Reason,
            (object?)lineage ?? DBNull.Value).ConfigureAwait(false)
            ? RevocationOutcome.Added
            : RevocationOutcome.Present;
    }, outcome => outcome == RevocationOutcome.Added, cancellationToken);

    public async ValueTask<bool> RemoveRevocationAsync(string subject, CancellationToken cancellationToken) =>
        1 == await WriteAsync("remove a revocation", "DELETE FROM revocations WHERE subject = $1", cancellationToken,
            subject).ConfigureAwait(false);

    public ValueTask<IReadOnlyList<RevocationRecord>> ListRevocationsAsync(int limit, CancellationToken cancellationToken) =>
        AllAsync("list revocations", "SELECT subject, time, actor, reason FROM revocations ORDER BY time DESC, subject LIMIT $1",
            row => new RevocationRecord(row.GetString(0), Time(row, 1), row.GetString(2), row.GetString(3)), cancellationToken, limit);

    public async ValueTask<int> PruneCredentialsAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        await WriteAsync("prune certificates", "DELETE FROM certificates WHERE not_after < $1", cancellationToken,
            before.UtcTicks).ConfigureAwait(false)
        + await WriteAsync("prune join tokens", "DELETE FROM join_tokens WHERE expires_at < $1", cancellationToken,
            before.UtcTicks).ConfigureAwait(false);

    private static async ValueTask<IssueOutcome> IssueAsync(NpgsqlConnection connection, CertificateRecord certificate,
        IssueCondition condition, CancellationToken cancellationToken)
    {
        // The lock holds up a rotation until this certificate is recorded, and this certificate until a rotation is.
        var version = connection.Query("SELECT version FROM authority FOR SHARE");
        await using (version.ConfigureAwait(false))
        {
            if (await version.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not long present
                || present != condition.AuthorityVersion) return IssueOutcome.AuthorityMoved;
        }

        var lineage = condition.JoinToken ?? (condition.Renews is { } renewed
            ? await TextAsync(connection.Query(
                "SELECT lineage FROM certificates WHERE serial = $1 AND identity = $2 AND fingerprint = $3", renewed.Serial,
                certificate.Identity, renewed.Fingerprint.ToArray()), cancellationToken).ConfigureAwait(false)
            : null);
        if (lineage is null) return IssueOutcome.UnknownCertificate;
        var denied = connection.Query("SELECT 1 FROM revocations WHERE subject = $1 OR lineage = $2 LIMIT 1", condition.Subject, lineage);
        await using (denied.ConfigureAwait(false))
        {
            if (await denied.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not null) return IssueOutcome.Denied;
        }

        // Of all who have read the token as unused, one gets the row; the others wait for its lock and find the token used.
        if (condition.JoinToken is { } token && 1 != await connection.ExecuteAsync(
            "UPDATE join_tokens SET used_at = $1 WHERE id = $2 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $1",
            cancellationToken, certificate.IssuedAt.UtcTicks, token).ConfigureAwait(false)) return IssueOutcome.TokenSpent;
        return 1 == await connection.ExecuteAsync(
            $"INSERT INTO certificates ({CertificateColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
            cancellationToken, certificate.Serial, certificate.Identity, certificate.Issuer, certificate.Fingerprint.ToArray(),
            certificate.RequestHash.ToArray(), certificate.NotBefore.UtcTicks, certificate.NotAfter.UtcTicks,
            certificate.IssuedAt.UtcTicks, certificate.Requester, lineage).ConfigureAwait(false)
            ? IssueOutcome.Issued
            : IssueOutcome.RequestRepeated;
    }

    private static async ValueTask<string?> TextAsync(NpgsqlCommand query, CancellationToken cancellationToken)
    {
        await using var _ = query.ConfigureAwait(false);
        return await query.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }

    private static CertificateRecord Certificate(NpgsqlDataReader row) => new()
    {
        Serial = row.GetString(0), Identity = row.GetString(1), Issuer = row.GetString(2), Fingerprint = row.GetFieldValue<byte[]>(3),
        RequestHash = row.GetFieldValue<byte[]>(4), NotBefore = Time(row, 5), NotAfter = Time(row, 6), IssuedAt = Time(row, 7),
        Requester = row.GetString(8), Lineage = row.GetString(9),
    };

    private static JoinTokenRecord Token(NpgsqlDataReader row) => new()
    {
        Id = row.GetString(0), Hash = row.GetFieldValue<byte[]>(1), Namespace = row.GetString(2), Service = row.GetString(3),
        CreatedAt = Time(row, 4), CreatedBy = row.GetString(5), ExpiresAt = Time(row, 6), UsedAt = row.IsDBNull(7) ? null : Time(row, 7),
        RevokedAt = row.IsDBNull(8) ? null : Time(row, 8),
    };

    private static DateTimeOffset Time(NpgsqlDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);

    private ValueTask<IReadOnlyList<T>> AllAsync<T>(string what, string query, Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken, params object[] values) => GuardedAsync(what, false, async () =>
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var command = connection.Query(query, values);
        await using var __ = command.ConfigureAwait(false);
        var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var ___ = rows.ConfigureAwait(false);
        var all = new List<T>();
        while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false)) all.Add(read(rows));
        return (IReadOnlyList<T>)all;
    });

    // Each statement sees what was committed before it, whatever the database's default is: who has waited for a lock must see what the one
    // before him has written.
    private ValueTask<T> TransactAsync<T>(string what, Func<NpgsqlConnection, ValueTask<T>> write, Func<T, bool> commits,
        CancellationToken cancellationToken) => GuardedAsync(what, true, async () =>
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using var __ = transaction.ConfigureAwait(false);
        var outcome = await write(connection).ConfigureAwait(false);
        // Once begun, a commit is not given up: whether it happened would be unknown.
        if (commits(outcome)) await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        return outcome;
    });

    private ValueTask<int> WriteAsync(string what, string statement, CancellationToken cancellationToken, params object[] values) =>
        GuardedAsync(what, true, async () =>
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        return await connection.ExecuteAsync(statement, cancellationToken, values).ConfigureAwait(false);
    });

    private ValueTask<T> GuardedAsync<T>(string what, bool outcomeUnknown, Func<ValueTask<T>> action) =>
        PostgresFailure.GuardAsync(description, what, outcomeUnknown, action);
}
