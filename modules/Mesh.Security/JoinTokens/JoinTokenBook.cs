using System.Security.Cryptography;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Credentials;

namespace Mesh.Security.JoinTokens;

/// <summary>Makes join tokens, and says whose one is.</summary>
internal sealed class JoinTokenBook(ICredentialStore store, TimeProvider time)
{
    /// <summary>How long a token may be used if nobody says.</summary>
    public static TimeSpan DefaultLifetime { get; } = TimeSpan.FromHours(1);

    /// <summary>The shortest and the longest time that it may be used.</summary>
    public static (TimeSpan Least, TimeSpan Most) Lifetimes { get; } = (TimeSpan.FromSeconds(10), TimeSpan.FromHours(24));

    /// <summary>Makes a token for a service and keeps its hash.</summary>
    public async Task<(JoinToken Token, JoinTokenRecord Record)> CreateAsync(ServiceKey service, TimeSpan lifetime, string actor,
        CancellationToken cancellationToken)
    {
        var token = JoinToken.New();
        var now = time.GetUtcNow();
        var record = new JoinTokenRecord
        {
            Id = token.Id, Hash = token.Hash, Namespace = service.Namespace, Service = service.Name, CreatedAt = now, CreatedBy = actor,
            ExpiresAt = now + lifetime,
        };
        await store.AddJoinTokenAsync(record, cancellationToken).ConfigureAwait(false);
        return (token, record);
    }

    /// <summary>
    /// Whose the token is, if it could be used now; null if not. Whether it is used is for the store to say, where a certificate is
    /// recorded.
    /// </summary>
    public async Task<JoinTokenRecord?> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (JoinToken.TryParse(text) is not { } token) return null;
        var record = await store.FindJoinTokenAsync(token.Id, cancellationToken).ConfigureAwait(false);
        // An unknown id takes as long to refuse as a wrong secret.
        var matches = CryptographicOperations.FixedTimeEquals(token.Hash,
            record is null ? new byte[SHA256.HashSizeInBytes] : record.Hash.Span);
        return matches && record is { UsedAt: null, RevokedAt: null } && record.ExpiresAt > time.GetUtcNow() ? record : null;
    }
}
