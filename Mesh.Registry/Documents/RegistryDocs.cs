using Mesh.Api.Rest;
using Mesh.Contracts.Rest;

namespace Mesh.Registry.Documents;

/// <summary>The Registry's own part of the OpenAPI document.</summary>
internal static class RegistryDocs
{
    private const string Tag = "Log";

    public static OperationDoc Events { get; } = new("listEvents", Tag, "History: the entries of the log")
    {
        Description =
            "In order, or newest first with `order=desc`. Pass `next` as `after` for the next page; with `wait` an empty page waits for "
                + "the next entry. With `order=desc`, pass the last item's sequence as `before`.",
        Parameters =
        [
            new("after", "integer", "Only entries with a higher sequence.", Example: "0"),
            new("before", "integer", "Only entries with a lower sequence; not with `wait`.", Example: "43"),
            new("stream", "string", "Only this stream and its sub-streams.", Example: "discovery/default/echo"),
            new("type", "string", "Only this type of event.", Example: "cdaprod.mesh.discovery.service-registered.v1"),
            new("limit", "integer", "The most items to return, 1 to 1000; 100 if unset.", Example: "100"),
            new("order", "string", "`asc` (default) or `desc`."),
            new("wait", "string", "How long to wait if nothing matches yet, such as `30s`, at most `3m`; not with `order=desc`."),
        ],
        Answer = typeof(EventListAnswer),
        AnswerExample =
            """{"logId":"0190d0c40b0f7c3a9d0a5d5c5c5c5c5c","epoch":1,"head":42,"next":1,"items":["""
                + """{"sequence":1,"stream":"discovery/default/echo/i/echo-1","streamVersion":"""
                + """1,"type":"cdaprod.mesh.discovery.service-deregistered.v1","time":"2026-01-01T00:00:"""
                + """00Z","actor":"anonymous","index":0,"count":1,"depth":0,"data":"""
                + """{"namespace":"default","service":"echo","instanceId":"echo-1","reason":"requested"}}]}""",
        Problems = [400, 503],
    };

    public static OperationDoc State { get; } = new("getState", Tag, "Time machine: the whole mesh at one moment of its history")
    {
        Description =
            "The state after the last whole command at or before `at`. Without `at` the present state. Older states are folded from the "
                + "log, a few at a time (429).",
        Parameters = [new("at", "string", "A sequence, or a time in ISO 8601 such as `2026-01-01T12:00:00Z`.", Example: "42")],
        Answer = typeof(StateAnswer),
        Problems = [400, 404, 429, 503],
    };

    public static OperationDoc Verify { get; } = new("verifyLog", Tag, "Checks the hash chain from the first entry to the last")
    {
        Answer = typeof(LogVerifyAnswer),
        AnswerExample =
            """{"intact":true,"checked":42,"payloadsDropped":"""
                + """0,"hash":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}""",
        Problems = [429, 503],
    };

    public static OperationDoc Status { get; } = new("getStatus", "Registry", "How this Registry is doing")
    {
        Answer = typeof(StatusAnswer),
    };
}
