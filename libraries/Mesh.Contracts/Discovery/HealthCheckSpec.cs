using System.Text.Json.Serialization;

namespace Mesh.Contracts.Discovery;

/// <summary>An active health check of an instance.</summary>
[JsonConverter(typeof(HealthCheckSpecConverter))]
public sealed record HealthCheckSpec
{
    /// <summary>http, tcp or grpc.</summary>
    public required HealthCheckKind Kind { get; init; }

    /// <summary>Path for http, default <c>/</c>; service name for grpc, default empty (the whole server).</summary>
    public string Path { get; init; } = "";

    /// <summary>Milliseconds between probes, 500 to 3,600,000; default 10,000.</summary>
    public int IntervalMs { get; init; } = 10_000;

    /// <summary>Milliseconds until a probe has failed, 100 up to the interval; default 2,000.</summary>
    public int TimeoutMs { get; init; } = 2_000;

    /// <summary>Passing probes in a row until passing, 1 to 20; default 2.</summary>
    public int Rise { get; init; } = 2;

    /// <summary>Failing probes in a row until critical, 1 to 20; default 3.</summary>
    public int Fall { get; init; } = 3;

    /// <summary>
    /// Milliseconds of being critical after which the instance is deregistered; 0 (default) for never, else at least 60,000.
    /// </summary>
    public int DeregisterAfterCriticalMs { get; init; }
}
