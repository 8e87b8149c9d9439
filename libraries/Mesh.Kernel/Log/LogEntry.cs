namespace Mesh.Kernel.Log;

/// <summary>
/// One fact of the mesh, as it stands in the log for good (Flow step 3). Everything the mesh knows is a fold of these.
/// </summary>
public sealed record LogEntry
{
    /// <summary>The log and the epoch in which the entry was written.</summary>
    public required LogIdentity Log { get; init; }

    /// <summary>Place in the one global order; starts at 1, gapless.</summary>
    public required long Sequence { get; init; }

    /// <summary>The stream that the entry belongs to, such as <c>discovery/default/echo/i/echo-1</c>.</summary>
    public required string Stream { get; init; }

    /// <summary>Place in its stream; starts at 1, gapless.</summary>
    public required long StreamVersion { get; init; }

    /// <summary>UUIDv7, unique; by it a writer recognises its own batch after an unknown commit.</summary>
    public required Guid EventId { get; init; }

    /// <summary>Versioned event type, such as <c>cdaprod.mesh.discovery.service-registered.v1</c>.</summary>
    public required string Type { get; init; }

    /// <summary>UTC; never earlier than the previous entry's.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Who asked: <c>user:…</c>, <c>service:…</c> or <c>reconciler:…</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>The command that the entry came of; one command may append many.</summary>
    public required Guid CommandId { get; init; }

    /// <summary>Place among the command's entries, 0 to <see cref="Count"/> - 1.</summary>
    public required int Index { get; init; }

    /// <summary>How many entries the command appended.</summary>
    public required int Count { get; init; }

    /// <summary>The entry that a reconciler answered with this command; null for a command from outside.</summary>
    public Guid? CausationId { get; init; }

    /// <summary>0 for a command from outside, else one more than the causing entry's.</summary>
    public int Depth { get; init; }

    /// <summary>W3C trace context of the command, if it was traced.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The payload, raw JSON; empty where a retention has dropped it (then <see cref="DataHash"/> still speaks for it).</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>SHA-256 of the payload as it was written.</summary>
    public required EntryHash DataHash { get; init; }

    /// <summary>Chain hash: see <see cref="EntryHash.Link"/>.</summary>
    public EntryHash Hash { get; init; }

    /// <summary>Whether a retention has dropped the payload.</summary>
    public bool DataDropped => Data.IsEmpty;

    /// <summary>Whether this is the last entry of its command, where readers may stop.</summary>
    public bool EndsCommand => Index == Count - 1;
}
