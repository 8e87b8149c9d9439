using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;

namespace Mesh.Contracts.Resilience;

/// <summary>
/// A service's circuit has opened in a data plane: an instance of it is ejected, or requests are being rejected. Stream
/// <c>resilience/ns/service/status</c>.
/// </summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Count">How often since the reporting data plane's last such event that was taken, 1 to 1,000,000,000.</param>
/// <param name="Detail">What exactly, the last time; at most 200 characters, may be empty.</param>
public sealed record CircuitOpened(string Namespace, string Service, long Count, string Detail) : IMeshEvent<CircuitOpened>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.resilience.circuit-opened.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<CircuitOpened> JsonType => ResilienceJson.Default.CircuitOpened;
}

/// <summary>
/// A service's circuit has closed again in a data plane: no instance of it is ejected, and no request has been rejected for 10 s. Stream
/// <c>resilience/ns/service/status</c>.
/// </summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Count">How often since the reporting data plane's last such event that was taken, 1 to 1,000,000,000.</param>
/// <param name="Detail">What exactly, the last time; at most 200 characters, may be empty.</param>
public sealed record CircuitClosed(string Namespace, string Service, long Count, string Detail) : IMeshEvent<CircuitClosed>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.resilience.circuit-closed.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<CircuitClosed> JsonType => ResilienceJson.Default.CircuitClosed;
}

/// <summary>
/// A data plane has taken instances of a service out of rotation for their answers. Stream <c>resilience/ns/service/status</c>.
/// </summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Count">How often since the reporting data plane's last such event that was taken, 1 to 1,000,000,000.</param>
/// <param name="Detail">What exactly, the last time; at most 200 characters, may be empty.</param>
public sealed record InstanceEjected(string Namespace, string Service, long Count, string Detail) : IMeshEvent<InstanceEjected>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.resilience.instance-ejected.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<InstanceEjected> JsonType => ResilienceJson.Default.InstanceEjected;
}

/// <summary>
/// A data plane has turned requests to a service away: it has as many under way as its circuit breaker or bulkhead allows. Stream
/// <c>resilience/ns/service/status</c>.
/// </summary>
/// <param name="Namespace">Of the service.</param>
/// <param name="Service">Name.</param>
/// <param name="Count">How often since the reporting data plane's last such event that was taken, 1 to 1,000,000,000.</param>
/// <param name="Detail">What exactly, the last time; at most 200 characters, may be empty.</param>
public sealed record BulkheadRejected(string Namespace, string Service, long Count, string Detail) : IMeshEvent<BulkheadRejected>
{
    /// <inheritdoc/>
    public static string EventType => "cdaprod.mesh.resilience.bulkhead-rejected.v1";

    /// <inheritdoc/>
    public static JsonTypeInfo<BulkheadRejected> JsonType => ResilienceJson.Default.BulkheadRejected;
}
