namespace Mesh.Kernel.Reconciling.Sharding;

/// <summary>
/// What a consumer group's callbacks say about partitions, and what follows for the work. Partitions that are revoked or lost are
/// worked on until the next assignment says who has them: an assignment stays in force while the broker is unreachable, and a shard
/// that two workers look after for a moment costs nothing but effort.
/// </summary>
public sealed class KafkaAssignment
{
    private readonly SortedSet<int> _held = [];
    private SortedSet<int> _inForce = [];

    /// <summary>Whether any assignment, be it of nothing, has ever come.</summary>
    public bool Known { get; private set; }

    /// <summary>The partitions to work on.</summary>
    public IReadOnlyCollection<int> InForce => _inForce;

    /// <summary>Partitions were added (perhaps none): what was revoked or lost before is now somebody else's.</summary>
    public void Assigned(IEnumerable<int> added)
    {
        _held.UnionWith(added);
        _inForce = [.. _held];
        Known = true;
    }

    /// <summary>Partitions were taken away, or the group was lost sight of.</summary>
    public void Revoked(IEnumerable<int> removed) => _held.ExceptWith(removed);
}
