namespace Mesh.Contracts.Rest;

/// <summary>
/// Body of <c>POST /api/discovery/register</c>. All but the name and the address (<see cref="Url"/>, or <see cref="Address"/> and
/// <see cref="Port"/>) may be left out.
/// </summary>
public sealed record RegistrationRequest
{
    /// <summary>The service: a DNS label (RFC 1123).</summary>
    public required string Name { get; init; }

    /// <summary>A DNS label; <c>default</c> if unset.</summary>
    public string? Namespace { get; init; }

    /// <summary>Unique in its service; made from name and address if unset.</summary>
    public string? InstanceId { get; init; }

    /// <summary>Such as <c>http://127.0.0.1:9001</c>; instead of address and port, no credentials, no query.</summary>
    public string? Url { get; init; }

    /// <summary>IP address or host name.</summary>
    public string? Address { get; init; }

    /// <summary>1 to 65535.</summary>
    public int? Port { get; init; }

    /// <summary><c>http</c>, <c>grpc</c> or <c>tcp</c>; from the URL's scheme, or <c>http</c>.</summary>
    public string? Protocol { get; init; }

    /// <summary>Such as <c>v1</c>; a subset of the service is the instances of one version.</summary>
    public string? Version { get; init; }

    /// <summary>Such as <c>z1</c>.</summary>
    public string? Zone { get; init; }

    /// <summary>Relative to the other instances; 100 if unset.</summary>
    public int? Weight { get; init; }

    /// <summary>Free labels.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Lease in seconds: without a heartbeat for so long the instance is critical. Unset or 0: no lease.</summary>
    public int? TtlSeconds { get; init; }

    /// <summary>
    /// How it is probed; unset: not at all, and the instance counts as passing. With a check it comes into rotation when the first probe
    /// passes.
    /// </summary>
    public HealthCheckRequest? HealthCheck { get; init; }

    /// <summary>
    /// Critical for so long, by lease or check, the instance is deregistered: <c>1m</c> to <c>168h</c>; never if unset. The same as in the
    /// check.
    /// </summary>
    public string? DeregisterAfterCritical { get; init; }

    /// <summary>Make it the only instance of the service, in one command; also as <c>?replace=true</c>.</summary>
    public bool? Replace { get; init; }
}

/// <summary>
/// An active health check as REST writes it. Durations are a number and <c>ms</c>, <c>s</c>, <c>m</c> or <c>h</c>, for example
/// <c>250ms</c>.
/// </summary>
public sealed record HealthCheckRequest
{
    /// <summary><c>http</c>, <c>tcp</c> or <c>grpc</c>; what the instance's protocol suggests if unset.</summary>
    public string? Kind { get; init; }

    /// <summary>Path for http (<c>/</c> if unset), service name for grpc.</summary>
    public string? Path { get; init; }

    /// <summary>Between two probes; <c>10s</c> if unset.</summary>
    public string? Interval { get; init; }

    /// <summary>Until a probe has failed; <c>2s</c> if unset.</summary>
    public string? Timeout { get; init; }

    /// <summary>Passing probes in a row until passing; 2 if unset.</summary>
    public int? Rise { get; init; }

    /// <summary>Failing probes in a row until critical; 3 if unset.</summary>
    public int? Fall { get; init; }

    /// <summary>Critical for so long, the instance is deregistered; never if unset.</summary>
    public string? DeregisterAfterCritical { get; init; }
}
