using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Replication;

/// <summary>What feeds, timers and its own fetches report to the replica's one loop.</summary>
internal abstract record ReplicaMessage
{
    private ReplicaMessage()
    {
    }

    /// <summary>Entries from a feed, and the head that it knew.</summary>
    internal sealed record Entries(string Feed, IReadOnlyList<LogEntry> Items, LogPosition? Head = null) : ReplicaMessage;

    /// <summary>Something does not fit: ask a Registry whether this is still the log.</summary>
    internal sealed record Mismatch(string Reason) : ReplicaMessage;

    /// <summary>A Registry has been asked.</summary>
    /// <param name="Head">Its head.</param>
    /// <param name="State">The state to begin with; null where the own one is part of the log.</param>
    internal sealed record Attached(LogPosition Head, MeshState? State) : ReplicaMessage;

    /// <summary>The database's head, read when the own state stood at <paramref name="Own"/> or before.</summary>
    internal sealed record HeadRead(LogPosition Head, LogPosition Own) : ReplicaMessage;

    /// <summary>The last-known-good copy.</summary>
    internal sealed record LastKnownGoodLoaded(MeshState State) : ReplicaMessage;

    /// <summary>A fetch has ended; null where it succeeded.</summary>
    internal sealed record FetchEnded(string? Failure) : ReplicaMessage;

    /// <summary>A fetch met an unexpected exception: the host must stop rather than go on blind.</summary>
    internal sealed record Defect(Exception Exception) : ReplicaMessage;

    /// <summary>Some time has passed.</summary>
    internal sealed record Tick : ReplicaMessage;
}
