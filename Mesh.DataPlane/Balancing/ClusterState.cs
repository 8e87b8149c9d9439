namespace Mesh.DataPlane.Balancing;

/// <summary>What outlives a cluster's snapshots: its turn counter, so that a change of endpoints starts no round anew.</summary>
public sealed class ClusterState
{
    // Begins anywhere, so that many proxies told of a cluster at once do not all begin with its first endpoint.
    private long _turn = Random.Shared.NextInt64(1L << 32);

    /// <summary>The counter that <see cref="Turns.Next"/> advances.</summary>
    internal ref long Turn => ref _turn;
}
