using Mesh.DataPlane.Loads;
using Mesh.DataPlane.Resilience;

namespace Mesh.DataPlane.Balancing;

/// <summary>
/// What outlives a cluster's snapshots: whose turn it is, so that a change of endpoints starts no round again, who is ejected, how many
/// requests are under way and how many were sent again recently.
/// </summary>
/// <param name="time">The clock; the system's if none is given.</param>
/// <param name="random">Where draws come from; threads share it.</param>
public sealed class ClusterState(TimeProvider? time = null, Random? random = null)
{
    private OutlierDetector? _outliers;
    private RequestGate? _gate;
    private RetryBudget? _retries;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; } = time ?? TimeProvider.System;

    /// <summary>Where draws come from.</summary>
    public Random Random { get; } = random ?? Random.Shared;

    /// <summary>Counts its requests for reports.</summary>
    public ClusterTally Tally { get; init; } = new("", null);

    /// <summary>Turns over the endpoints.</summary>
    internal TurnCounter Turns { get; } = new(random ?? Random.Shared);

    /// <summary>Who is ejected; null while nobody has asked for it.</summary>
    public OutlierDetector? OutliersIfAny => Volatile.Read(ref _outliers);

    /// <summary>Lets requests in; null while nobody has asked for it.</summary>
    public RequestGate? GateIfAny => Volatile.Read(ref _gate);

    /// <summary>Watches over the endpoints' answers.</summary>
    public OutlierDetector Outliers => Made(ref _outliers, static state => new OutlierDetector(state.Time, state.Random));

    /// <summary>Lets requests in.</summary>
    public RequestGate Gate => Made(ref _gate, static _ => new RequestGate());

    /// <summary>How many requests may be sent again.</summary>
    public RetryBudget Retries => Made(ref _retries, static state => new RetryBudget(state.Time));

    /// <summary>A span of time in timestamps.</summary>
    public long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Time.TimestampFrequency);

    // Most clusters never need them.
    private T Made<T>(ref T? field, Func<ClusterState, T> make) where T : class =>
        Volatile.Read(ref field) ?? Interlocked.CompareExchange(ref field, make(this), null) ?? field!;
}
