namespace Mesh.Contracts.Rest;

/// <summary>Answer of <c>GET /api/v1/log/verify</c>: whether the hash chain holds from the first entry to the last.</summary>
public sealed record LogVerifyAnswer
{
    /// <summary>Whether every entry follows from the one before.</summary>
    public required bool Intact { get; init; }

    /// <summary>Entries that were checked.</summary>
    public required long Checked { get; init; }

    /// <summary>Entries whose payload a retention has dropped; their hash still stands in the chain.</summary>
    public long PayloadsDropped { get; init; }

    /// <summary>Chain hash of the last entry that holds, hexadecimal.</summary>
    public required string Hash { get; init; }

    /// <summary>First entry that does not hold; null if all do.</summary>
    public long? BrokenAt { get; init; }

    /// <summary>What is wrong with it.</summary>
    public string? Reason { get; init; }
}
