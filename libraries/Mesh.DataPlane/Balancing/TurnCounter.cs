namespace Mesh.DataPlane.Balancing;

/// <summary>The counter that <see cref="Turns.Next"/> advances, for one sequence of turns.</summary>
public sealed class TurnCounter(Random random)
{
    // Begins anywhere, so that many proxies told of a cluster at once do not all begin with its first endpoint.
    private long _turn = random.NextInt64(1L << 32);

    /// <summary>The count.</summary>
    internal ref long Turn => ref _turn;
}
