using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>What has become of a request's body.</summary>
public enum BodyState
{
    /// <summary>It has none.</summary>
    None,

    /// <summary>All that was read of it is kept, and can be sent again.</summary>
    Kept,

    /// <summary>It can be read once: nobody has kept it, or it was too long to be kept.</summary>
    Once,
}

/// <summary>
/// All that the next step of a call depends on, beside how its last attempt ended: what is planned for it, what it is, and what has been
/// sent.
/// </summary>
public readonly record struct CallFacts
{
    /// <summary>What the route says of sending again, or null.</summary>
    public RetryPolicy? Policy { get; init; }

    /// <summary>How often the policy has had it sent again.</summary>
    public int Retries { get; init; }

    /// <summary>Whether there is a fallback that has not been asked.</summary>
    public bool HasFallback { get; init; }

    /// <summary>Whether it is a gRPC call.</summary>
    public bool IsGrpc { get; init; }

    /// <summary>Whether its method is safe (RFC 9110 §9.2.1): asked for twice, it does no more than once.</summary>
    public bool IsSafe { get; init; }

    /// <summary>Whether it asks for the connection to become another protocol's.</summary>
    public bool IsUpgrade { get; init; }

    /// <summary>What has become of its body.</summary>
    public BodyState Body { get; init; }

    /// <summary>Whether an endpoint has seen anything of it.</summary>
    public bool WasSeen { get; init; }

    /// <summary>Whether the client has the beginning of an answer.</summary>
    public bool HasBegunAnswer { get; init; }

    /// <summary>Whether it could be sent a second time to somebody who looks at it.</summary>
    public bool CanRepeat => !IsUpgrade && Body != BodyState.Once;

    /// <summary>Whether the policy may have it sent again, as far as it and the request go; the budget is asked last.</summary>
    public bool CanRetry => Policy is not null && Retries < Policy.Retries && CanRepeat;

    /// <summary>Whether the fallback can be asked.</summary>
    public bool CanFallBack => HasFallback && !HasBegunAnswer && (!WasSeen || CanRepeat);
}
