using Mesh.Api.Rest;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Rest;

namespace Mesh.Discovery.Api;

/// <summary>Discovery's part of the OpenAPI document.</summary>
internal static class DiscoveryDocs
{
    private const string Tag = "Discovery";

    private const string WriteExample =
        """{"changed":true,"sequence":42,"name":"echo","namespace":"default","instances":1,"affected":"""
            + """0,"instanceId":"echo-1","incarnation":1,"revision":1}""";

    private const string ServiceExample =
        """{"name":"echo","namespace":"default","protocol":"http","instances":["""
            + """{"id":"echo-1","address":"127.0.0.1","port":9001,"protocol":"http","version":"v1","zone":"z1","weight":"""
            + """100,"health":"passing","mode":"active","protected":false,"flapping":false,"metadata":"""
            + """{"team":"a"},"ttlSeconds":0,"incarnation":1,"revision":1}],"revision":42}""";

    private static readonly IReadOnlyList<ParameterDoc> WriteHeaders = [ParameterDoc.IdempotencyKey, ParameterDoc.IfMatch];

    private static readonly ParameterDoc NameInPath = new("name", "string", "The service.", "path", "echo", Required: true);

    public static OperationDoc Register { get; } = new("registerInstance", Tag, "Registers or updates an instance")
    {
        Description = """
            The same address or `instanceId` again is an update; another address is a further instance, and `instances` says so. A request
            that changes nothing answers `"changed": false` and adds no event. The answer is sent when the change is durable.

            `If-Match` speaks of the instance's ETag; `If-None-Match: *` refuses an instance that exists.
            """,
        Parameters = [new("replace", "boolean", "Make it the only instance of the service, in one command.", Example: "false"),
            .. WriteHeaders, new("If-None-Match", "string", "`*`: only if the instance does not exist yet, else 412.", "header")],
        Body = typeof(RegistrationRequest),
        BodyExample =
            """{"name":"echo","url":"http://127.0.0.1:9001","version":"v1","zone":"z1","weight":100,"metadata":"""
                + """{"team":"a"},"ttlSeconds":30,"healthCheck":"""
                + """{"kind":"http","path":"/health","interval":"5s","timeout":"2s","rise":2,"fall":3}}""",
        Answer = typeof(WriteAnswer),
        AnswerExample = WriteExample,
        Problems = [400, 412, 413, 415, 422, 429, 503],
    };

    public static OperationDoc Deregister { get; } = new("deregisterInstances", Tag, "Removes one instance, or all of a service")
    {
        Description =
            "What does not exist answers `\"changed\": false`. `affected` says how many instances were removed, `instances` how many "
                + "are left. Without `instanceId`, `If-Match` refers to the service's ETag.",
        Parameters = [new("name", "string", "The service.", Example: "echo", Required: true), ParameterDoc.Namespace,
            new("instanceId", "string", "One instance; all of the service if unset.", Example: "echo-1"),
            new("incarnation", "integer", "Only if the instance still has this incarnation, else 409. Needs `instanceId`."),
            .. WriteHeaders],
        Answer = typeof(WriteAnswer),
        AnswerExample =
            """{"changed":true,"sequence":43,"name":"echo","namespace":"default","instances":0,"affected":1,"instanceId":"echo-1"}""",
        Problems = [400, 409, 412, 422, 503],
    };

    public static OperationDoc Mode { get; } = new("setMode", Tag,
        "Drains instances, puts them into maintenance or makes them active again")
    {
        Description =
            "Without `instanceId` all instances that the service has now. `draining`: no new requests; `maintenance`: no requests and "
                + "no probes. A registration never changes the mode, and the mode never changes the incarnation.",
        Parameters = WriteHeaders,
        Body = typeof(ModeRequest),
        BodyExample = """{"name":"echo","instanceId":"echo-1","mode":"draining"}""",
        Answer = typeof(WriteAnswer),
        AnswerExample = WriteExample,
        Problems = [400, 404, 412, 413, 415, 422, 503],
    };

    public static OperationDoc Heartbeat { get; } = new("sendHeartbeat", Tag, "Renews the lease of an instance")
    {
        Description = "Heartbeats are not part of the log. An instance whose lease has expired returns with its next heartbeat.",
        Body = typeof(HeartbeatRequest),
        BodyExample = """{"name":"echo","instanceId":"echo-1","incarnation":1}""",
        Answer = typeof(HeartbeatAnswer),
        AnswerExample = """{"ttlSeconds":30,"incarnation":1,"degraded":false}""",
        Problems = [400, 404, 409, 413, 415, 503],
    };

    public static OperationDoc List { get; } = new("listServices", Tag, "Lists services with their instances")
    {
        Description =
            "All filters that are set must match. With `afterSequence` the answer waits until something that the filter shows has "
                + "changed since, or `wait` is over.",
        Parameters =
        [
            new("namespace", "string", "Only this namespace; all if unset or `*`."),
            new("name", "string", "Only this service.", Example: "echo"),
            new("protocol", "string", "Only instances that speak `http`, `grpc` or `tcp`."),
            new("version", "string", "Only instances of this version.", Example: "v1"),
            new("zone", "string", "Only instances in this zone."),
            new("health", "string", "Only `passing`, `warning` or `critical` instances."),
            new("metadata.team", "string", "Only instances with this metadata value; `team` stands for any key; it may be repeated."),
            new("afterSequence", "integer", "Long-poll: the `sequence` of the list that the client has."),
            new("wait", "string", "How long to wait for a change, such as `30s` (the default), at most `3m`."),
            ParameterDoc.MinSequence, ParameterDoc.Consistency,
        ],
        Answer = typeof(ServiceListAnswer),
        AnswerExample = $$"""{"sequence":42,"items":[{{ServiceExample}}]}""",
        Problems = [400, 429, 503],
    };

    public static OperationDoc Get { get; } = new("getService", Tag, "Shows one service with its instances")
    {
        Parameters = [NameInPath, ParameterDoc.Namespace, ParameterDoc.MinSequence, ParameterDoc.Consistency],
        Answer = typeof(ServiceAnswer),
        AnswerExample = ServiceExample,
        Problems = [400, 404, 503],
    };

    public static OperationDoc PutSettings { get; } = new("putServiceSettings", Tag, "Sets the settings of a service")
    {
        Description =
            "`emptyPushProtection` (on by default): when checks and leases would take more than half of at least 3 instances out of "
                + "rotation within 30 seconds, the last set stays.",
        Parameters = [NameInPath, ParameterDoc.Namespace, .. WriteHeaders],
        Body = typeof(ServiceSettings),
        BodyExample = """{"emptyPushProtection":false}""",
        Answer = typeof(WriteAnswer),
        AnswerExample = WriteExample,
        Problems = [400, 412, 413, 415, 422, 429, 503],
    };

    public static OperationDoc DeleteSettings { get; } = new("deleteServiceSettings", Tag, "Resets a service's settings to the defaults")
    {
        Parameters = [NameInPath, ParameterDoc.Namespace, .. WriteHeaders],
        Answer = typeof(WriteAnswer),
        AnswerExample = WriteExample,
        Problems = [400, 412, 422, 503],
    };
}
