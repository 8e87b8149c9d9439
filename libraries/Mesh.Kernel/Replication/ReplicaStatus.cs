using System.Collections.Immutable;
using Mesh.Kernel.Log;

namespace Mesh.Kernel.Replication;

/// <summary>How a replica is doing, for readiness, status pages and metrics.</summary>
public sealed record ReplicaStatus
{
    /// <summary>The log that is followed; null before the first state.</summary>
    public LogIdentity? Log { get; init; }

    /// <summary>How far the state has come; 0 before the first state.</summary>
    public long Sequence { get; init; }

    /// <summary>The highest head heard of, from any feed.</summary>
    public long KnownHead { get; init; }

    /// <summary>Known entries that are not applied yet.</summary>
    public long Lag => Math.Max(0, KnownHead - Sequence);

    /// <summary>The feeds, each with its own state.</summary>
    public ImmutableArray<FeedStatus> Feeds { get; init; } = [];

    /// <summary>Whether there is a state at all: before, nothing may be served from it.</summary>
    public bool HasState => Log is not null;

    /// <summary>Whether a Registry has confirmed the state as part of its log since the replica started or last doubted it.</summary>
    public bool Attached { get; init; }

    /// <summary>The state began as the last-known-good copy, and no Registry has confirmed it yet.</summary>
    public bool LastKnownGood { get; init; }

    /// <summary>Time since the state was last known to be level with the head; null before the first time.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>How often a state was discarded because the log turned out to be another one.</summary>
    public int Discards { get; init; }

    /// <summary>Why a state was discarded or is doubted, for people; null while all is well since the start.</summary>
    public string? Alert { get; init; }
}

/// <summary>One way by which entries reach a replica.</summary>
/// <param name="Name"><c>kafka</c> or <c>taillog</c>.</param>
/// <param name="State">Whether entries can come by it.</param>
/// <param name="Detail">What it is connected to, or why it is not; for people.</param>
public sealed record FeedStatus(string Name, FeedState State, string Detail = "");

/// <summary>State of a feed.</summary>
public enum FeedState
{
    /// <summary>Not configured, or switched off by <c>Mesh__Feeds</c>.</summary>
    Off,

    /// <summary>Not connected; it goes on trying.</summary>
    Connecting,

    /// <summary>Entries come as they happen.</summary>
    Live,
}
