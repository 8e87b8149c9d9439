namespace Mesh.DataPlane.Balancing;

/// <summary>
/// Draws two endpoints by weight (or more, where the cluster says so) and takes the one with fewer active requests in proportion to its
/// weight: nearly as even as looking at all of them, at a cost that does not grow with their number. Flow step 9.
/// </summary>
internal sealed class LeastRequestPicker(EndpointSnapshot[] endpoints, uint[] weights, int choices, Random random) : EndpointPicker
{
    private const int Redraws = 3;
    private readonly WeightedDraw _draw = new(weights);

    /// <inheritdoc/>
    public override EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now, ulong hash)
    {
        var best = -1;
        for (var i = 0; i < choices; i++)
        {
            var next = Other(best);
            if (!IsAvailable(next, tried, now))
                continue;
            if (best < 0 || Load(next, best) < Load(best, next))
                best = next;
        }

        return best >= 0 ? endpoints[best] : AnyUntried(endpoints, tried, now, random.Next(endpoints.Length));
    }

    /// <summary>Draws one that is not the best so far, if it can be helped.</summary>
    private int Other(int best)
    {
        var next = _draw.Next(random);
        for (var i = 0; i < Redraws && next == best; i++)
            next = _draw.Next(random);
        return next == best ? (next + 1) % endpoints.Length : next;
    }

    private bool IsAvailable(int index, ReadOnlySpan<EndpointState> tried, long now) =>
        !tried.Contains(endpoints[index].State) && !endpoints[index].State.IsAvoided(now);

    // a's requests / a's weight compared with b's requests / b's weight, multiplied out.
    private long Load(int a, int b) => (endpoints[a].State.InFlight + 1L) * weights[b];
}
