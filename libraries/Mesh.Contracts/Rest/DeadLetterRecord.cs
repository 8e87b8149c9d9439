using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Rest;

/// <summary>
/// A parked key; also the answer of <c>GET /api/v1/dead-letters/{id}</c>. The database and the Kafka topic hold it as it is here.
/// </summary>
public sealed record DeadLetterRecord
{
    /// <summary>16 hexadecimal digits that follow from reconciler and resource.</summary>
    public required string Id { get; init; }

    /// <summary>Whose key, such as <c>discovery-defaults</c>.</summary>
    public required string Reconciler { get; init; }

    /// <summary>Which resource, such as <c>default/echo</c>.</summary>
    public required string Resource { get; init; }

    /// <summary>Why, for people.</summary>
    public required string Reason { get; init; }

    /// <summary>Which worker parked it: host and process id.</summary>
    public string Worker { get; init; } = "";

    /// <summary>The log entry that was being answered; null for none.</summary>
    public Guid? CausationId { get; init; }

    /// <summary>Its sequence; 0 for none.</summary>
    public long CausationSequence { get; init; }

    /// <summary>Its depth.</summary>
    public int Depth { get; init; }

    /// <summary>When the Registry took it, UTC.</summary>
    public DateTimeOffset ParkedAt { get; init; }

    /// <summary>Whether it stands in the Kafka topic by now.</summary>
    public bool Mirrored { get; init; }
}

/// <summary>Answer of <c>GET /api/v1/dead-letters</c>: every dead letter.</summary>
/// <param name="Items">Oldest first.</param>
public sealed record DeadLetterListing(IReadOnlyList<DeadLetterRecord> Items);

/// <summary>Answer of <c>POST /api/v1/dead-letters/{id}/replay</c>.</summary>
/// <param name="Changed">Always true: an unknown id is an error.</param>
/// <param name="Item">What was parked.</param>
public sealed record DeadLetterReplayed(bool Changed, DeadLetterRecord Item);

/// <summary>Source-generated JSON of dead letters.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeadLetterRecord))]
[JsonSerializable(typeof(DeadLetterListing))]
[JsonSerializable(typeof(DeadLetterReplayed))]
public sealed partial class DeadLetterJson : JsonSerializerContext;
