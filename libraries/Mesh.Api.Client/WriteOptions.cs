namespace Mesh.Api.Client;

/// <summary>What a write carries besides its body.</summary>
public sealed record WriteOptions
{
    /// <summary>
    /// The write is done once under it, however often it is sent: 1 to 128 printable ASCII characters. Null: a new one for each call,
    /// the same over all its attempts.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// The ETag, with its quotes, that what is written must still have; otherwise the write is refused. Null: no condition.
    /// </summary>
    public string? IfMatch { get; init; }

    /// <summary>The condition that a resource is still of this revision.</summary>
    /// <param name="revision">As an answer shows it.</param>
    public static WriteOptions IfRevision(long revision) =>
        new() { IfMatch = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"{revision}\"") };
}
