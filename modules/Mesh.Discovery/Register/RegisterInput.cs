using Mesh.Kernel.Values;

namespace Mesh.Discovery.Register;

/// <summary>A registration as it was asked for, by REST or gRPC, before anything is checked. Null is unset.</summary>
public sealed record RegisterInput
{
    public string? Name { get; init; }
    public string? Namespace { get; init; }
    public string? InstanceId { get; init; }
    public string? Url { get; init; }
    public string? Address { get; init; }
    public int? Port { get; init; }
    public string? Protocol { get; init; }
    public string? Version { get; init; }
    public string? Zone { get; init; }
    public int? Weight { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; } = [];
    public int? TtlSeconds { get; init; }
    public HealthCheckInput? HealthCheck { get; init; }
    public string? DeregisterAfterCritical { get; init; }
    public bool Replace { get; init; }

    /// <summary>Reads the body of <c>POST /api/discovery/register</c>.</summary>
    public static RegisterInput Read(JsonFields body)
    {
        var check = body.Object("healthCheck");
        var input = new RegisterInput
        {
            Name = body.Text("name"),
            Namespace = body.Text("namespace"),
            InstanceId = body.Text("instanceId"),
            Url = body.Text("url"),
            Address = body.Text("address"),
            Port = body.Number("port"),
            Protocol = body.Text("protocol"),
            Version = body.Text("version"),
            Zone = body.Text("zone"),
            Weight = body.Number("weight"),
            Metadata = body.Texts("metadata") ?? [],
            TtlSeconds = body.Number("ttlSeconds"),
            HealthCheck = check is null ? null : HealthCheckInput.Read(check),
            DeregisterAfterCritical = body.Text("deregisterAfterCritical"),
            Replace = body.Flag("replace") ?? false,
        };
        body.End();
        return input;
    }
}

/// <summary>A health check as it was asked for. Null is unset.</summary>
public sealed record HealthCheckInput
{
    public string? Kind { get; init; }
    public string? Path { get; init; }
    public string? Interval { get; init; }
    public string? Timeout { get; init; }
    public int? Rise { get; init; }
    public int? Fall { get; init; }
    public string? DeregisterAfterCritical { get; init; }

    /// <summary>Reads <c>healthCheck</c> of a body.</summary>
    public static HealthCheckInput Read(JsonFields fields)
    {
        var input = new HealthCheckInput
        {
            Kind = fields.Text("kind"),
            Path = fields.Text("path"),
            Interval = fields.Text("interval"),
            Timeout = fields.Text("timeout"),
            Rise = fields.Number("rise"),
            Fall = fields.Number("fall"),
            DeregisterAfterCritical = fields.Text("deregisterAfterCritical"),
        };
        fields.End();
        return input;
    }
}
