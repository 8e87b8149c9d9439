namespace Mesh.Contracts.Resilience;

/// <summary>Kinds of what can happen to a service in a data plane, as they are written.</summary>
public static class IncidentKinds
{
    /// <summary>A circuit has opened.</summary>
    public const string CircuitOpened = "circuit-opened";

    /// <summary>A circuit has closed again.</summary>
    public const string CircuitClosed = "circuit-closed";

    /// <summary>Endpoints were ejected for their answers.</summary>
    public const string InstanceEjected = "instance-ejected";

    /// <summary>Requests were rejected by a circuit breaker's or bulkhead's maxima.</summary>
    public const string BulkheadRejected = "bulkhead-rejected";
}
