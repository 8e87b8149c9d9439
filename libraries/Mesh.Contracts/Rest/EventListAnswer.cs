using System.Text.Json;

namespace Mesh.Contracts.Rest;

/// <summary>Answer of <c>GET /api/v1/events?after=&amp;before=&amp;stream=&amp;type=&amp;limit=&amp;wait=</c>: history in order.</summary>
public sealed record EventListAnswer
{
    /// <summary>Identity of the log.</summary>
    public string? LogId { get; init; }

    /// <summary>Raised by every restore.</summary>
    public long Epoch { get; init; }

    /// <summary>The log's head.</summary>
    public long Head { get; init; }

    /// <summary>
    /// Everything up to here has been looked at: the next <c>after</c>. Newest first (<c>order=desc</c>), the next <c>before</c> is the
    /// last item's sequence.
    /// </summary>
    public long Next { get; init; }

    /// <summary>Entries that match, in order.</summary>
    public required IReadOnlyList<EventAnswer> Items { get; init; }
}

/// <summary>One entry of the log.</summary>
public sealed record EventAnswer
{
    /// <summary>Place in the one global order.</summary>
    public required long Sequence { get; init; }

    /// <summary>Such as <c>discovery/default/echo/i/echo-1</c>.</summary>
    public required string Stream { get; init; }

    /// <summary>Place in the stream.</summary>
    public long StreamVersion { get; init; }

    /// <summary>UUIDv7.</summary>
    public string? EventId { get; init; }

    /// <summary>Such as <c>cdaprod.mesh.discovery.service-registered.v1</c>.</summary>
    public required string Type { get; init; }

    /// <summary>UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Who asked.</summary>
    public string? Actor { get; init; }

    /// <summary>The command that it came of.</summary>
    public string? CommandId { get; init; }

    /// <summary>Place among the command's entries.</summary>
    public int Index { get; init; }

    /// <summary>How many entries the command appended.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The entry that a reconciler answered.</summary>
    public string? CausationId { get; init; }

    /// <summary>How many reconcilers stand between this and a command from outside.</summary>
    public int Depth { get; init; }

    /// <summary>W3C trace context of the command.</summary>
    public string? TraceParent { get; init; }

    /// <summary>SHA-256 chain hash, hexadecimal.</summary>
    public string? Hash { get; init; }

    /// <summary>The payload; null where a retention has dropped it, or where it is not JSON.</summary>
    public JsonElement? Data { get; init; }

    /// <summary>
    /// What is wrong with the payload; null for nothing. Such an entry is passed over by every state, and its stream with it.
    /// </summary>
    public string? DataFault { get; init; }
}
