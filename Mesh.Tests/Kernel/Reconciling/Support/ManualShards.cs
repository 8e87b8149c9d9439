using Mesh.Kernel.Reconciling.Sharding;

namespace Mesh.Tests.Kernel.Reconciling.Support;

/// <summary>Ownership that a test sets.</summary>
public sealed class ManualShards(ShardSet initial) : ShardOwnership(initial)
{
    public override string Description => "as the test says";

    public void Own(ShardSet shards) => Publish(shards);
}
