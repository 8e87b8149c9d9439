
namespace Mesh.Messaging.Sharding;

/// <summary>
/// What a consumer group's callbacks say about partitions, and what follows for the work. Partitions that are revoked or lost are
/// worked on until the next assignment says that somebody else has them, and for <paramref name="linger"/> after it, which gives the new
/// owner the time to take them up: an assignment stays in force while the broker is unreachable, and a shard that two workers look after
/// for a moment costs nothing but effort.
/// </summary>
/// <param name="time">Clock.</param>
/// <param name="linger">How long a group may take to give away what one member was made to leave.</param>
public sealed class KafkaAssignment(TimeProvider time, TimeSpan linger)
{
    private readonly SortedSet<int> _held = [];
    private readonly Dictionary<int, DateTimeOffset> _leaving = [];

    /// <summary>Whether any assignment, be it of nothing, has ever come.</summary>
    public bool Known { get; private set; }

    /// <summary>The partitions to work on, ascending.</summary>
    public IReadOnlyList<int> InForce
    {
        get
        {
            var now = time.GetUtcNow();
            return [.. _held.Concat(_leaving.Where(pair => pair.Value > now).Select(pair => pair.Key)).Order()];
        }
    }

    /// <summary>Partitions were added (perhaps none): what was revoked or lost before is now somebody else's, or soon will be.</summary>
    public void Assigned(IEnumerable<int> added)
    {
        _held.UnionWith(added);
        Known = true;
        var now = time.GetUtcNow();
        foreach (var (partition, until) in _leaving.ToList())
        {
            if (_held.Contains(partition) || until <= now) _leaving.Remove(partition);
            else if (until == DateTimeOffset.MaxValue) _leaving[partition] = now + linger;
        }
    }

    /// <summary>Partitions were taken away, or the group was lost sight of.</summary>
    public void Revoked(IEnumerable<int> removed)
    {
        foreach (var partition in removed)
        {
            if (_held.Remove(partition)) _leaving[partition] = DateTimeOffset.MaxValue;
        }
    }

    /// <summary>The member itself is no more: everything it held is revoked.</summary>
    public void RevokedAll() => Revoked([.. _held]);
}
