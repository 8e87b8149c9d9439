namespace Mesh.DataPlane.Balancing;

/// <summary>
/// Draws two endpoints by weight and takes the one with fewer requests under way in proportion to its weight: nearly as even as looking
/// at all of them, at a cost that does not grow with their number. Flow step 9.
/// </summary>
public sealed class LeastRequestPicker(EndpointSnapshot[] endpoints, ClusterState state) : EndpointPicker
{
    private readonly WeightedRoundRobinPicker _draw = new(endpoints, state);

    /// <inheritdoc/>
    public override EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now)
    {
        var first = _draw.Pick(tried, now);
        if (first is null || endpoints.Length - tried.Length < 2)
            return first;

        var second = _draw.Pick(tried, now);
        for (var again = 0; again < 2 && ReferenceEquals(first, second); again++)
            second = _draw.Pick(tried, now);

        return second is null || Load(first, second) <= Load(second, first) ? first : second;
    }

    // a.InFlight / a.Weight compared with b.InFlight / b.Weight, multiplied out.
    private static long Load(EndpointSnapshot a, EndpointSnapshot b) => (a.State.InFlight + 1L) * b.Weight;
}
