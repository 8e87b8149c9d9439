namespace Mesh.DataPlane.Balancing;

/// <summary>By turns, each endpoint exactly as often as its weight says over a period of the weights' sum. Flow step 9.</summary>
public sealed class WeightedRoundRobinPicker : EndpointPicker
{
    private readonly EndpointSnapshot[] _endpoints;
    private readonly Turns _turns;
    private readonly ClusterState _state;

    /// <summary>A picker over at least one endpoint.</summary>
    public WeightedRoundRobinPicker(EndpointSnapshot[] endpoints, ClusterState state)
    {
        _endpoints = endpoints;
        _turns = new Turns(Array.ConvertAll(endpoints, e => e.Weight));
        _state = state;
    }

    /// <inheritdoc/>
    public override EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now)
    {
        for (var attempt = 0; attempt <= _endpoints.Length; attempt++)
        {
            var next = _endpoints[_turns.Next(ref _state.Turn)];
            if (!tried.Contains(next.State) && !next.State.IsAvoided(now))
                return next;
        }

        return AnyUntried(tried, now);
    }

    /// <summary>The last resort: whoever was not tried, rather one that is not avoided; each time from another one on.</summary>
    private EndpointSnapshot? AnyUntried(ReadOnlySpan<EndpointState> tried, long now)
    {
        EndpointSnapshot? avoided = null;
        var first = (int)((ulong)Volatile.Read(ref _state.Turn) % (ulong)_endpoints.Length);
        for (var i = 0; i < _endpoints.Length; i++)
        {
            var endpoint = _endpoints[(first + i) % _endpoints.Length];
            if (tried.Contains(endpoint.State))
                continue;
            if (!endpoint.State.IsAvoided(now))
                return endpoint;
            avoided ??= endpoint;
        }

        return avoided;
    }
}
