using Mesh.DataPlane.Balancing;

namespace Mesh.DataPlane.Calls;

/// <summary>The attempts of a call at one cluster that were followed by others.</summary>
internal sealed class CallTrail
{
    /// <summary>The endpoints that have had it.</summary>
    public List<EndpointState> Tried { get; } = [];

    /// <summary>The attempt that failed last. One that was reached and broke off is not unreachable, whatever came of the others.</summary>
    public MissedAttempt? Last { get; private set; }

    /// <summary>How often it went to another endpoint although no policy says so.</summary>
    public int Offers { get; private set; }

    /// <summary>Whether an endpoint that has had it may have it once more where there is no other.</summary>
    public bool MayReturn { get; private set; }

    /// <summary>Keeps an attempt.</summary>
    /// <param name="endpoint">The endpoint that had it.</param>
    /// <param name="failure">How it failed, or null where it was answered.</param>
    /// <param name="isRetry">Whether a policy has it sent again.</param>
    public void Add(EndpointSnapshot endpoint, AttemptFailure? failure, bool isRetry)
    {
        if (!isRetry)
            Offers++;
        MayReturn = isRetry || failure is { MayReturn: true };
        if (failure is { } ended && (ended.Kind != FailureKind.NotConnected || Last is null))
            Last = new MissedAttempt(endpoint, ended);
        Tried.Add(endpoint.State);
    }

    /// <summary>Has all endpoints tried once more.</summary>
    public void StartOver()
    {
        Tried.Clear();
        Offers = 0;
    }
}

/// <summary>An attempt that failed.</summary>
internal sealed record MissedAttempt(EndpointSnapshot Endpoint, AttemptFailure Failure);
