using System.Text.Json;

namespace Mesh.Contracts.Rest;

/// <summary>
/// Answer of <c>GET /api/v1/state?at=</c>: the whole mesh at one moment of its history, always at the end of a whole command.
/// </summary>
public sealed record StateAnswer
{
    /// <summary>Identity of the log.</summary>
    public required string LogId { get; init; }

    /// <summary>Raised by every restore.</summary>
    public required long Epoch { get; init; }

    /// <summary>The last entry that is part of this state; 0 before the first.</summary>
    public required long Sequence { get; init; }

    /// <summary>Time of that entry, UTC; null before the first.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>SHA-256 chain hash of that entry, hexadecimal.</summary>
    public required string Hash { get; init; }

    /// <summary>Entries that this build could not fold; 0 normally.</summary>
    public long Skipped { get; init; }

    /// <summary>Each module's state, by module name.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Modules { get; init; }
}
