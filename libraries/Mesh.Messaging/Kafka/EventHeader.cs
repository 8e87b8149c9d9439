
namespace Mesh.Messaging.Kafka;

/// <summary>
/// Names of the Kafka headers of an event: CloudEvents 1.0 in Kafka's binary mode (<c>ce_</c> and the attribute's name, which may hold
/// lower-case letters and digits only), and the mesh's own attributes that make the entry whole. <c>docs/asyncapi.yaml</c> describes them.
/// </summary>
public static class EventHeader
{
    public const string ContentType = "content-type";
    public const string SpecVersion = "ce_specversion";

    /// <summary>The entry's EventId; a notification's is <c>&lt;sequence&gt;/&lt;suffix&gt;</c>.</summary>
    public const string Id = "ce_id";

    /// <summary><c>urn:cdaprod:mesh:&lt;log id&gt;</c>.</summary>
    public const string Source = "ce_source";
    public const string Type = "ce_type";

    /// <summary>RFC 3339, UTC, to 100 ns.</summary>
    public const string Time = "ce_time";

    /// <summary>The stream.</summary>
    public const string Subject = "ce_subject";

    /// <summary>W3C trace context of the command; absent if it was not traced.</summary>
    public const string TraceParent = "ce_traceparent";

    /// <summary>CloudEvents' sequence extension: 19 digits, zero-padded, since it must order as text.</summary>
    public const string Sequence = "ce_sequence";
    public const string LogId = "ce_logid";
    public const string Epoch = "ce_epoch";
    public const string StreamVersion = "ce_streamversion";
    public const string CommandId = "ce_commandid";
    public const string Index = "ce_index";
    public const string Count = "ce_count";

    /// <summary>Absent where nothing in the log caused the command.</summary>
    public const string CausationId = "ce_causationid";
    public const string Depth = "ce_depth";

    /// <summary>Chain hash, 64 hexadecimal digits. Its absence tells a notification from an entry of the log.</summary>
    public const string Hash = "ce_hash";

    /// <summary>SHA-256 of the payload, 64 hexadecimal digits.</summary>
    public const string DataHash = "ce_datahash";
    public const string Actor = "ce_actor";
}
