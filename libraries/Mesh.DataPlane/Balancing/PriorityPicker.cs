namespace Mesh.DataPlane.Balancing;

/// <summary>
/// Gives each priority the share of the requests that its health lets it carry, and turns to the others when one has nobody left for a
/// request or only such as could not be reached recently. Flow step 9.
/// </summary>
internal sealed class PriorityPicker((EndpointPicker Picker, double Load)[] levels, bool byHash, Random random) : EndpointPicker
{
    private const ulong Parts = 10_000;

    /// <inheritdoc/>
    public override EndpointSnapshot? Pick(ReadOnlySpan<EndpointState> tried, long now, ulong hash)
    {
        var chosen = Level(hash);
        var best = levels[chosen].Picker.Pick(tried, now, hash);
        for (var i = 0; i < levels.Length && (best is null || best.State.IsAvoided(now)); i++)
        {
            if (i == chosen || levels[i].Picker.Pick(tried, now, hash) is not { } other)
                continue;
            if (best is null || !other.State.IsAvoided(now))
                best = other;
        }

        return best;
    }

    private int Level(ulong hash)
    {
        // The same request goes to the same level as long as the loads stay: its hash decides, where there is one.
        var point = (byHash ? hash % Parts / (double)Parts : random.NextDouble()) * 100;
        for (var i = 0; i < levels.Length - 1; i++)
        {
            point -= levels[i].Load;
            if (point < 0)
                return i;
        }

        return levels.Length - 1;
    }
}
