namespace Mesh.DataPlane.Balancing;

/// <summary>Draws by weight, each request by itself. Flow step 9.</summary>
internal sealed class RandomPicker(EndpointSnapshot[] endpoints, uint[] weights, Random random) : EndpointPicker
{
    private const int Draws = 4;
    private readonly WeightedDraw _draw = new(weights);

    /// <inheritdoc/>
    public override EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now, ulong hash)
    {
        for (var i = 0; i < Draws; i++)
        {
            var next = endpoints[_draw.Next(random)];
            if (!tried.Contains(next.State) && !next.State.IsAvoided(now))
                return next;
        }

        return AnyUntried(endpoints, tried, now, random.Next(endpoints.Length));
    }
}
