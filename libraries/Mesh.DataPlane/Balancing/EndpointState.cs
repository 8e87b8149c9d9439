using Mesh.DataPlane.Resilience;

namespace Mesh.DataPlane.Balancing;

/// <summary>
/// What a data plane knows of one endpoint by its own experience: active requests, and whether connecting failed recently. It outlives
/// snapshots: as long as a cluster has the address, every snapshot points to the same state.
/// </summary>
/// <param name="address"><c>host:port</c>, IPv6 hosts in brackets.</param>
/// <param name="since">Since when the endpoint is in its cluster and well, as a <see cref="TimeProvider"/> timestamp.</param>
public sealed class EndpointState(string address, long since = long.MinValue)
{
    private long _since = since;
    private bool _ejected;
    private int _inFlight;
    private long _requests;
    private long _connectFailures;
    private long _avoidUntil = long.MinValue;

    /// <summary><c>host:port</c>, IPv6 hosts in brackets.</summary>
    public string Address { get; } = address;

    /// <summary>Since when it is in its cluster and well: from then on it warms up.</summary>
    public long Since
    {
        get => Volatile.Read(ref _since);
        internal set => Volatile.Write(ref _since, value);
    }

    /// <summary>Whether its answers have had it ejected.</summary>
    public bool IsEjected
    {
        get => Volatile.Read(ref _ejected);
        internal set => Volatile.Write(ref _ejected, value);
    }

    /// <summary>What its answers were like.</summary>
    internal OutlierStats Answers { get; } = new();

    /// <summary>Requests sent and not yet finished.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Requests begun since the endpoint became known.</summary>
    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Connections that could not be made since the endpoint became known.</summary>
    public long ConnectFailures => Volatile.Read(ref _connectFailures);

    /// <summary>A request is sent to the endpoint; <see cref="End"/> follows.</summary>
    public void Begin()
    {
        Interlocked.Increment(ref _inFlight);
        Interlocked.Increment(ref _requests);
    }

    /// <summary>The request is over, whatever came of it.</summary>
    public void End() => Interlocked.Decrement(ref _inFlight);

    /// <summary>Connecting failed: others are preferred until then (a <see cref="TimeProvider"/> timestamp).</summary>
    /// <returns>Whether this is news: the endpoint was not being avoided.</returns>
    public bool AvoidUntil(long timestamp, long now)
    {
        Interlocked.Increment(ref _connectFailures);
        return Interlocked.Exchange(ref _avoidUntil, timestamp) <= now;
    }

    /// <summary>A request got through: the endpoint is as good as any other.</summary>
    public void Reached()
    {
        if (Volatile.Read(ref _avoidUntil) != long.MinValue)
            Volatile.Write(ref _avoidUntil, long.MinValue);
    }

    /// <summary>Whether connecting failed so lately that another endpoint is the better choice.</summary>
    public bool IsAvoided(long now) => Volatile.Read(ref _avoidUntil) > now;
}
