using Mesh.Contracts.Resilience;

namespace Mesh.Resilience.Incidents;

/// <summary>What can happen to a service in a data plane.</summary>
public enum IncidentKind
{
    /// <summary>An instance is ejected or requests are rejected, and before neither was so.</summary>
    CircuitOpened,

    /// <summary>Neither is so any more.</summary>
    CircuitClosed,

    /// <summary>Instances were ejected for their answers.</summary>
    InstanceEjected,

    /// <summary>Requests were rejected by a circuit breaker's or bulkhead's maxima.</summary>
    BulkheadRejected,
}

/// <summary>Kinds of incident as they are written.</summary>
public static class IncidentNames
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<IncidentKind> All { get; } = Enum.GetValues<IncidentKind>();

    /// <summary>Such as <c>circuit-opened</c>.</summary>
    public static string NameOf(IncidentKind kind) => kind switch
    {
        IncidentKind.CircuitOpened => IncidentKinds.CircuitOpened,
        IncidentKind.CircuitClosed => IncidentKinds.CircuitClosed,
        IncidentKind.InstanceEjected => IncidentKinds.InstanceEjected,
        _ => IncidentKinds.BulkheadRejected,
    };

    /// <summary>Reads a kind as it is written; null where there is none of that name.</summary>
    public static IncidentKind? Parse(string text)
    {
        foreach (var kind in All)
        {
            if (NameOf(kind) == text) return kind;
        }

        return null;
    }
}

/// <summary>What has happened to a service, as a data plane reports it.</summary>
/// <param name="Kind">What.</param>
/// <param name="Count">How often.</param>
/// <param name="Detail">What exactly, the last time.</param>
public sealed record Incident(IncidentKind Kind, long Count, string Detail);
