using Mesh.Contracts.Rest;

namespace Mesh.Kernel.Xds;

/// <summary>What every client has applied, as the control planes have it. Offered by the worker's host.</summary>
public interface IAppliedClients
{
    /// <summary>All clients of all control planes, and why these may not be all; null where they are.</summary>
    Task<(IReadOnlyList<ProxyAnswer> Clients, string? Blind)> SeeAsync(CancellationToken cancellationToken);
}

/// <summary>What a client has of a change that is rolled out to it (<see cref="ProxyAnswer.Rollouts"/>).</summary>
public static class RolloutReceipt
{
    /// <summary>It was sent the change, and has not answered.</summary>
    public const string Sent = "sent";

    /// <summary>It has applied it.</summary>
    public const string Acked = "acked";

    /// <summary>It has refused it.</summary>
    public const string Nacked = "nacked";
}
