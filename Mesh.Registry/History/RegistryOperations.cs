using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Commands;

namespace Mesh.Registry.History;

/// <summary>The Registry's own operations, besides those of its modules: what each takes, requires and answers.</summary>
internal static class RegistryOperations
{
    /// <summary>What reading the log and the status requires.</summary>
    public const string Permission = "registry.read";

    private static readonly OperationGroup Group = new("Log", OperationPermissions.Single(Permission), "/api/v1");

    public static Parameter<long?> After { get; } = Parameter.Number("after", "Only entries with a higher sequence.", 0, example: "0");

    public static Parameter<long?> Before { get; } =
        Parameter.Number("before", "Only entries with a lower sequence; not with `wait`.", 1, example: "43");

    public static Parameter<string?> Stream { get; } =
        Parameter.Text("stream", "Only this stream and its sub-streams.", "discovery/default/echo");

    public static Parameter<string?> Type { get; } =
        Parameter.Text("type", "Only this type of event.", "cdaprod.mesh.discovery.service-registered.v1");

    public static Parameter<long?> Limit { get; } =
        Parameter.Number("limit", "The most items to return, 1 to 1000; 100 if unset.", 1, 1000, "100");

    public static Parameter<string?> Order { get; } = Parameter.Text("order", "`asc` (default) or `desc`.");

    public static Parameter<TimeSpan?> Wait { get; } = Parameter.Duration("wait",
        "How long to wait if nothing matches yet, such as `30s`, at most `3m`; not with `order=desc`.", LongPoll.LongestWait);

    public static Parameter<string?> At { get; } =
        Parameter.Text("at", "A sequence, or a time in ISO 8601 such as `2026-01-01T12:00:00Z`.", "42");

    public static Operation Events { get; } = new(Group, OperationKind.Inspect, HttpMethods.Get, "/events", "listEvents",
        "History: the entries of the log")
    {
        Description =
            "In order, or newest first with `order=desc`. Pass `next` as `after` for the next page; with `wait` an empty page waits for "
                + "the next entry. With `order=desc`, pass the last item's sequence as `before`.",
        Parameters = [After, Before, Stream, Type, Limit, Order, Wait],
        Answer = typeof(EventListAnswer),
        AnswerExample =
            """{"logId":"0190d0c40b0f7c3a9d0a5d5c5c5c5c5c","epoch":1,"head":42,"next":1,"items":["""
                + """{"sequence":1,"stream":"discovery/default/echo/i/echo-1","streamVersion":"""
                + """1,"type":"cdaprod.mesh.discovery.service-deregistered.v1","time":"2026-01-01T00:00:"""
                + """00Z","actor":"anonymous","index":0,"count":1,"depth":0,"data":"""
                + """{"namespace":"default","service":"echo","instanceId":"echo-1","reason":"requested"}}]}""",
        Refusals = [RefusalKind.Unavailable],
    };

    public static Operation State { get; } = new(Group, OperationKind.Inspect, HttpMethods.Get, "/state", "getState",
        "Time machine: the whole mesh at one moment of its history")
    {
        Description =
            "The state after the last whole command at or before `at`. Without `at` the present state. Older states are folded from the "
                + "log, a few at a time (429).",
        Parameters = [At],
        Answer = typeof(StateAnswer),
        Refusals = [RefusalKind.NotFound, RefusalKind.LimitReached, RefusalKind.Unavailable],
    };

    public static Operation Verify { get; } = new(Group, OperationKind.Inspect, HttpMethods.Get, "/log/verify", "verifyLog",
        "Checks the hash chain from the first entry to the last")
    {
        Answer = typeof(LogVerifyAnswer),
        AnswerExample =
            """{"intact":true,"checked":42,"payloadsDropped":"""
                + """0,"hash":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}""",
        Refusals = [RefusalKind.LimitReached, RefusalKind.Unavailable],
    };

    public static Operation Status { get; } = new(Group with { Tag = "Registry" }, OperationKind.Inspect, HttpMethods.Get, "/status",
        "getStatus", "How this Registry is doing")
    {
        Answer = typeof(StatusAnswer),
    };
}
