namespace Mesh.DataPlane.Balancing;

/// <summary>By turns, each endpoint exactly as often as its weight says over a period of the weights' sum. Flow step 9.</summary>
internal sealed class WeightedRoundRobinPicker(EndpointSnapshot[] endpoints, uint[] weights, TurnCounter counter) : EndpointPicker
{
    private readonly Turns _turns = new(weights);

    /// <inheritdoc/>
    public override EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now, ulong hash)
    {
        for (var attempt = 0; attempt <= endpoints.Length; attempt++)
        {
            var next = endpoints[_turns.Next(ref counter.Turn)];
            if (!tried.Contains(next.State) && !next.State.IsAvoided(now))
                return next;
        }

        return AnyUntried(endpoints, tried, now, (int)((ulong)Volatile.Read(ref counter.Turn) % (ulong)endpoints.Length));
    }
}
