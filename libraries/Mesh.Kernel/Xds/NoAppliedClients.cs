using Mesh.Contracts.Rest;

namespace Mesh.Kernel.Xds;

/// <summary>
/// Where no Redis is configured: what clients have applied is known to their own control planes alone, and nothing can be decided by it
/// elsewhere.
/// </summary>
public sealed class NoAppliedClients : IAppliedClients
{
    /// <inheritdoc/>
    public Task<(IReadOnlyList<ProxyAnswer> Clients, string? Blind)> SeeAsync(CancellationToken cancellationToken) =>
        Task.FromResult<(IReadOnlyList<ProxyAnswer>, string?)>(([],
            "the table of what clients have applied cannot be read: no Redis is configured (ConnectionStrings__redis)"));
}
