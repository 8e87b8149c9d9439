
namespace Mesh.Messaging.Kafka;

/// <summary>How publishing to Kafka is doing. Never part of readiness: writes do not need Kafka.</summary>
public sealed record RelayStatus
{
    /// <summary>State of this process's relay.</summary>
    public RelayState State { get; init; } = RelayState.Off;

    /// <summary>The broker has acknowledged everything up to this sequence; 0 where another Registry relays.</summary>
    public long Published { get; init; }

    /// <summary>Committed entries that the broker has not acknowledged; 0 where another Registry relays.</summary>
    public long Lag { get; init; }

    /// <summary>Last failure, for people; null while all is well.</summary>
    public string? Problem { get; init; }
}

/// <summary>State of a relay.</summary>
public enum RelayState
{
    /// <summary>No Kafka is configured.</summary>
    Off,

    /// <summary>Another Registry relays.</summary>
    Standby,

    /// <summary>This Registry relays.</summary>
    Relaying,

    /// <summary>This Registry relays, and the broker does not take the messages.</summary>
    Failing,
}
