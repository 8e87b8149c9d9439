using Mesh.Api.Rest;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Commands;
using Microsoft.AspNetCore.Http;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Discovery.Api;

/// <summary>Discovery's operations: what each takes, requires and answers.</summary>
internal static class DiscoveryOperations
{
    private const string WriteExample =
        """{"changed":true,"sequence":42,"name":"echo","namespace":"default","instances":1,"affected":"""
            + """0,"instanceId":"echo-1","incarnation":1,"revision":1}""";

    private const string ServiceExample =
        """{"name":"echo","namespace":"default","protocol":"http","instances":["""
            + """{"id":"echo-1","address":"127.0.0.1","port":9001,"protocol":"http","version":"v1","zone":"z1","weight":"""
            + """100,"health":"passing","mode":"active","protected":false,"flapping":false,"metadata":"""
            + """{"team":"a"},"ttlSeconds":0,"incarnation":1,"revision":1}],"revision":42}""";

    private static readonly OperationGroup Group = OperationGroup.OfModule("Discovery", "/discovery", DiscoveryEndpoints.Permissions);

    public static Parameter<string?> NameInPath { get; } = Parameter.InPath("name", "The service.", "echo");

    public static Parameter<string?> Name { get; } = Parameter.Label("name", "The service.", "echo");

    public static Parameter<bool?> Replace { get; } =
        Parameter.Flag("replace", "Make it the only instance of the service, in one command.", "false");

    public static Parameter<string?> InstanceId { get; } =
        Parameter.NonEmpty("instanceId", "One instance; all of the service if unset.", "echo-1");

    public static Parameter<long?> Incarnation { get; } =
        Parameter.Number("incarnation", "Only if the instance still has this incarnation, else 409. Needs `instanceId`.", 1);

    public static Parameter<string?> OnlyName { get; } = Parameter.Text("name", "Only this service.", "echo");

    public static Parameter<string?> OnlyProtocol { get; } =
        Parameter.Text("protocol", "Only instances that speak `http`, `grpc` or `tcp`.");

    public static Parameter<string?> OnlyVersion { get; } = Parameter.Text("version", "Only instances of this version.", "v1");

    public static Parameter<string?> OnlyZone { get; } = Parameter.Text("zone", "Only instances in this zone.");

    public static Parameter<string?> OnlyHealth { get; } =
        Parameter.Text("health", "Only `passing`, `warning` or `critical` instances.");

    public static Parameter<IReadOnlyList<KeyValuePair<string, string>>> OnlyMetadata { get; } = Parameter.Prefixed("metadata.", "team",
        "Only instances with this metadata value; `team` stands for any key; it may be repeated.");

    public static Operation Register { get; } = new(Group, OperationKind.Write, HttpMethods.Post, "/register", "registerInstance",
        "Registers or updates an instance")
    {
        Rpc = V1.Discovery.Descriptor.Method("Register"),
        Description = """
            The same address or `instanceId` again is an update; another address is a further instance, and `instances` says so. A request
            that changes nothing answers `"changed": false` and adds no event. The answer is sent when the change is durable.

            `If-Match` speaks of the instance's ETag; `If-None-Match: *` refuses an instance that exists.
            """,
        Parameters = [Replace],
        OnlyIf = "the instance does not exist yet",
        Body = typeof(RegistrationRequest),
        BodyExample =
            """{"name":"echo","url":"http://127.0.0.1:9001","version":"v1","zone":"z1","weight":100,"metadata":"""
                + """{"team":"a"},"ttlSeconds":30,"healthCheck":"""
                + """{"kind":"http","path":"/health","interval":"5s","timeout":"2s","rise":2,"fall":3}}""",
        Answer = typeof(WriteAnswer),
        AnswerExample = WriteExample,
        Refusals = [RefusalKind.LimitReached],
    };

    public static Operation Deregister { get; } = new(Group, OperationKind.Write, HttpMethods.Delete, "/deregister", "deregisterInstances",
        "Removes one instance, or all of a service")
    {
        Rpc = V1.Discovery.Descriptor.Method("Deregister"),
        Description =
            "What does not exist answers `\"changed\": false`. `affected` says how many instances were removed, `instances` how many "
                + "are left. Without `instanceId`, `If-Match` refers to the service's ETag.",
        Parameters = [Name, StandardParameters.Namespace, InstanceId, Incarnation],
        Answer = typeof(WriteAnswer),
        AnswerExample =
            """{"changed":true,"sequence":43,"name":"echo","namespace":"default","instances":0,"affected":1,"instanceId":"echo-1"}""",
        Refusals = [RefusalKind.Conflict],
    };

    public static Operation Mode { get; } = new(Group, OperationKind.Write, HttpMethods.Post, "/mode", "setMode",
        "Drains instances, puts them into maintenance or makes them active again")
    {
        Rpc = V1.Discovery.Descriptor.Method("SetMode"),
        Description =
            "Without `instanceId` all instances that the service has now. `draining`: no new requests; `maintenance`: no requests and "
                + "no probes. A registration never changes the mode, and the mode never changes the incarnation.",
        Body = typeof(ModeRequest),
        BodyExample = """{"name":"echo","instanceId":"echo-1","mode":"draining"}""",
        Answer = typeof(WriteAnswer),
        AnswerExample = WriteExample,
        Refusals = [RefusalKind.NotFound],
    };

    public static Operation Heartbeat { get; } = new(Group, OperationKind.Act, HttpMethods.Post, "/heartbeat", "sendHeartbeat",
        "Renews the lease of an instance")
    {
        Rpc = V1.Discovery.Descriptor.Method("Heartbeat"),
        Description = "Heartbeats are not part of the log. An instance whose lease has expired returns with its next heartbeat.",
        Body = typeof(HeartbeatRequest),
        BodyExample = """{"name":"echo","instanceId":"echo-1","incarnation":1}""",
        Answer = typeof(HeartbeatAnswer),
        AnswerExample = """{"ttlSeconds":30,"incarnation":1,"degraded":false}""",
        Refusals = [RefusalKind.NotFound, RefusalKind.Conflict],
    };

    public static Operation List { get; } = new(Group, OperationKind.Watch, HttpMethods.Get, "/services", "listServices",
        "Lists services with their instances")
    {
        Rpc = V1.Discovery.Descriptor.Method("ListServices"),
        Description =
            "All filters that are set must match. With `afterSequence` the answer waits until something that the filter shows has "
                + "changed since, or `wait` is over.",
        Parameters = [StandardParameters.OnlyNamespace, OnlyName, OnlyProtocol, OnlyVersion, OnlyZone, OnlyHealth, OnlyMetadata],
        Answer = typeof(ServiceListAnswer),
        AnswerExample = $$"""{"sequence":42,"items":[{{ServiceExample}}]}""",
    };

    public static Operation Get { get; } = new(Group, OperationKind.Read, HttpMethods.Get, "/services/{name}", "getService",
        "Shows one service with its instances")
    {
        Rpc = V1.Discovery.Descriptor.Method("GetService"),
        Parameters = [NameInPath, StandardParameters.Namespace],
        Answer = typeof(ServiceAnswer),
        AnswerExample = ServiceExample,
        Refusals = [RefusalKind.NotFound],
    };

    public static Operation PutSettings { get; } = new(Group, OperationKind.Write, HttpMethods.Put, "/services/{name}/settings",
        "putServiceSettings", "Sets the settings of a service")
    {
        Description =
            "`emptyPushProtection` (on by default): when checks and leases would take more than half of at least 3 instances out of "
                + "rotation within 30 seconds, the last set stays.",
        Parameters = [NameInPath, StandardParameters.Namespace],
        Body = typeof(ServiceSettings),
        BodyExample = """{"emptyPushProtection":false}""",
        Answer = typeof(WriteAnswer),
        AnswerExample = WriteExample,
        Refusals = [RefusalKind.LimitReached],
    };

    public static Operation DeleteSettings { get; } = new(Group, OperationKind.Write, HttpMethods.Delete, "/services/{name}/settings",
        "deleteServiceSettings", "Resets a service's settings to the defaults")
    {
        Parameters = [NameInPath, StandardParameters.Namespace],
        Answer = typeof(WriteAnswer),
        AnswerExample = WriteExample,
    };
}
