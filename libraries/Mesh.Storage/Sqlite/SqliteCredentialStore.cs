using Mesh.Kernel.Credentials;
using Microsoft.Data.Sqlite;

namespace Mesh.Storage.Sqlite;

/// <summary>The certificate authority's tables in the file of the log, by the same writer.</summary>
internal sealed class SqliteCredentialStore(SqliteDatabase database) : ICredentialStore
{
    private const string CertificateColumns =
        "serial, identity, issuer, fingerprint, request_hash, not_before, not_after, issued_at, requester, lineage";
    private const string TokenColumns = "id, hash, namespace, service, created_at, created_by, expires_at, used_at, revoked_at";

    public string? Folder => Path.GetDirectoryName(database.Path);

    public ValueTask<AuthorityDocument?> ReadAuthorityAsync(CancellationToken cancellationToken) =>
        new(database.Read("read the authority", connection =>
            First(connection.Query("SELECT version, data FROM authority"), row => new AuthorityDocument(row.GetInt64(0), Bytes(row, 1)))));

    public ValueTask<bool> TryWriteAuthorityAsync(long expectedVersion, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        database.WriteAsync("write the authority", writer => 1 == (expectedVersion == 0
            ? writer.Execute("INSERT INTO authority (singleton, version, data) VALUES (1, 1, $a) ON CONFLICT DO NOTHING", data.ToArray())
            : writer.Execute("UPDATE authority SET version = version + 1, data = $a WHERE version = $b", data.ToArray(), expectedVersion)),
            cancellationToken);

    public ValueTask<IssueOutcome> TryIssueAsync(CertificateRecord certificate, IssueCondition condition,
        CancellationToken cancellationToken) =>
        database.WriteAsync("issue a certificate", writer => Issue(writer, certificate, condition), cancellationToken,
            commits: outcome => outcome == IssueOutcome.Issued);

    public ValueTask<IReadOnlyList<CertificateRecord>> ListCertificatesAsync(string? identity, int limit,
        CancellationToken cancellationToken) =>
        new(database.Read("list certificates", connection => All(identity is null
            ? connection.Query($"SELECT {CertificateColumns} FROM certificates ORDER BY issued_at DESC, serial LIMIT $a", limit)
            : connection.Query(
                $"SELECT {CertificateColumns} FROM certificates WHERE identity = $a ORDER BY issued_at DESC, serial LIMIT $b",
                identity, limit), Certificate)));

    public async ValueTask AddJoinTokenAsync(JoinTokenRecord token, CancellationToken cancellationToken) =>
        await database.WriteAsync("add a join token", writer => writer.Execute(
            "INSERT INTO join_tokens (id, hash, namespace, service, created_at, created_by, expires_at) "
                + "VALUES ($a, $b, $c, $d, $e, $f, $g)",
            token.Id, token.Hash.ToArray(), token.Namespace, token.Service, token.CreatedAt.UtcTicks, token.CreatedBy,
            token.ExpiresAt.UtcTicks), cancellationToken).ConfigureAwait(false);

    public ValueTask<JoinTokenRecord?> FindJoinTokenAsync(string id, CancellationToken cancellationToken) =>
        new(database.Read("read a join token", connection =>
            First(connection.Query($"SELECT {TokenColumns} FROM join_tokens WHERE id = $a", id), Token)));

    public ValueTask<IReadOnlyList<JoinTokenRecord>> ListJoinTokensAsync(int limit, CancellationToken cancellationToken) =>
        new(database.Read("list join tokens", connection =>
            All(connection.Query($"SELECT {TokenColumns} FROM join_tokens ORDER BY created_at DESC, id LIMIT $a", limit), Token)));

    public ValueTask<bool> RevokeJoinTokenAsync(string id, DateTimeOffset time, CancellationToken cancellationToken) =>
        database.WriteAsync("revoke a join token", writer => 1 == writer.Execute(
            "UPDATE join_tokens SET revoked_at = $a WHERE id = $b AND used_at IS NULL AND revoked_at IS NULL", time.UtcTicks, id),
            cancellationToken);

    public ValueTask<RevocationOutcome> AddRevocationAsync(RevocationRecord revocation, string? serial,
        CancellationToken cancellationToken) =>
        database.WriteAsync("add a revocation", writer =>
    {
        var lineage = serial is null
            ? null
            : TextOf(writer.Query("SELECT lineage FROM certificates WHERE serial = $a", serial));
        if (serial is not null && lineage is null) return RevocationOutcome.UnknownCertificate;
        return 1 == writer.Execute(
            "INSERT INTO revocations (subject, time, actor, reason, lineage) VALUES ($a, $b, $c, $d, $e) ON CONFLICT DO NOTHING",
            revocation.Subject, revocation.At.UtcTicks, revocation.Actor, revocation.Reason, (object?)lineage ?? DBNull.Value)
            ? RevocationOutcome.Added
            : RevocationOutcome.Present;
    }, cancellationToken);

    public ValueTask<bool> RemoveRevocationAsync(string subject, CancellationToken cancellationToken) =>
        database.WriteAsync("remove a revocation",
            writer => 1 == writer.Execute("DELETE FROM revocations WHERE subject = $a", subject), cancellationToken);

    public ValueTask<IReadOnlyList<RevocationRecord>> ListRevocationsAsync(int limit, CancellationToken cancellationToken) =>
        new(database.Read("list revocations", connection => All(
            connection.Query("SELECT subject, time, actor, reason FROM revocations ORDER BY time DESC, subject LIMIT $a", limit),
            row => new RevocationRecord(row.GetString(0), Time(row, 1), row.GetString(2), row.GetString(3)))));

    public ValueTask<int> PruneCredentialsAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        database.WriteAsync("prune credentials", writer =>
            writer.Execute("DELETE FROM certificates WHERE not_after < $a", before.UtcTicks)
            + writer.Execute("DELETE FROM join_tokens WHERE expires_at < $a", before.UtcTicks), cancellationToken);

    private static IssueOutcome Issue(SqliteConnection writer, CertificateRecord certificate, IssueCondition condition)
    {
        using (var authority = writer.Query("SELECT version FROM authority"))
        {
            if (authority.ExecuteScalar() is not long version || version != condition.AuthorityVersion) return IssueOutcome.AuthorityMoved;
        }

        var lineage = condition.JoinToken
            ?? (condition.Renews is { } renewed ? LineageOf(writer, renewed, certificate.Identity) : null);
        if (lineage is null) return IssueOutcome.UnknownCertificate;
        using (var denied = writer.Query("SELECT 1 FROM revocations WHERE subject = $a OR lineage = $b", condition.Subject, lineage))
        {
            if (denied.ExecuteScalar() is not null) return IssueOutcome.Denied;
        }

        if (condition.JoinToken is { } token && 1 != writer.Execute(
            "UPDATE join_tokens SET used_at = $a WHERE id = $b AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $a",
            certificate.IssuedAt.UtcTicks, token)) return IssueOutcome.TokenSpent;
        return 1 == writer.Execute(
            $"INSERT INTO certificates ({CertificateColumns}) VALUES ($a, $b, $c, $d, $e, $f, $g, $h, $i, $j) ON CONFLICT DO NOTHING",
            certificate.Serial, certificate.Identity, certificate.Issuer, certificate.Fingerprint.ToArray(),
            certificate.RequestHash.ToArray(), certificate.NotBefore.UtcTicks, certificate.NotAfter.UtcTicks,
            certificate.IssuedAt.UtcTicks, certificate.Requester, lineage)
            ? IssueOutcome.Issued
            : IssueOutcome.RequestRepeated;
    }

    private static string? LineageOf(SqliteConnection writer, RenewedCertificate renewed, string identity) => TextOf(writer.Query(
        "SELECT lineage FROM certificates WHERE serial = $a AND identity = $b AND fingerprint = $c", renewed.Serial, identity,
        renewed.Fingerprint.ToArray()));

    private static string? TextOf(SqliteCommand query)
    {
        using (query) return query.ExecuteScalar() as string;
    }

    private static CertificateRecord Certificate(SqliteDataReader row) => new()
    {
        Serial = row.GetString(0), Identity = row.GetString(1), Issuer = row.GetString(2), Fingerprint = Bytes(row, 3),
        RequestHash = Bytes(row, 4), NotBefore = Time(row, 5), NotAfter = Time(row, 6), IssuedAt = Time(row, 7),
        Requester = row.GetString(8), Lineage = row.GetString(9),
    };

    private static JoinTokenRecord Token(SqliteDataReader row) => new()
    {
        Id = row.GetString(0), Hash = Bytes(row, 1), Namespace = row.GetString(2), Service = row.GetString(3), CreatedAt = Time(row, 4),
        CreatedBy = row.GetString(5), ExpiresAt = Time(row, 6), UsedAt = row.IsDBNull(7) ? null : Time(row, 7),
        RevokedAt = row.IsDBNull(8) ? null : Time(row, 8),
    };

    private static byte[] Bytes(SqliteDataReader row, int column) => (byte[])row.GetValue(column);

    private static DateTimeOffset Time(SqliteDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);

    private static T? First<T>(SqliteCommand query, Func<SqliteDataReader, T> read) where T : class => All(query, read) is [var one, ..]
        ? one
        : null;

    private static IReadOnlyList<T> All<T>(SqliteCommand query, Func<SqliteDataReader, T> read)
    {
        using (query)
        {
            using var rows = query.ExecuteReader();
            var all = new List<T>();
            while (rows.Read()) all.Add(read(rows));
            return all;
        }
    }
}
