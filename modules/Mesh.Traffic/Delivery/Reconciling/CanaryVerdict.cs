using Mesh.Contracts.Traffic;

namespace Mesh.Traffic.Delivery.Reconciling;

/// <summary>What follows from what has been seen of a canary.</summary>
/// <param name="Next">What comes next.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="Observed">What was seen; null where that could not be read.</param>
public sealed record CanaryVerdict(CanaryNext Next, string Reason, CanaryObservation? Observed);

/// <summary>What comes next of a canary.</summary>
public enum CanaryNext
{
    /// <summary>All is well, and its bake time is not over.</summary>
    Bakes,

    /// <summary>It waits for more than time: for requests, for latencies, for the windows to be readable.</summary>
    Holds,

    /// <summary>To the next step, or to its end.</summary>
    Advances,

    /// <summary>Back to the stable one.</summary>
    Aborts,
}
