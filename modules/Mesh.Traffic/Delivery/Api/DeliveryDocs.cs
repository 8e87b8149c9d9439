using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;

namespace Mesh.Traffic.Delivery.Api;

/// <summary>The deliveries' part of the OpenAPI document.</summary>
internal static class DeliveryDocs
{
    private const string Tag = "Delivery";

    private const string CanaryExample =
        """{"service":"shop","stable":"shop@v1","canary":"shop@v2","steps":[5,25,50,100],"bakeTime":"5m","success":"""
            + """{"maxErrorPercent":1,"maxLatencyRatio":1.5,"minRequests":100}}""";

    private const string CanaryAnswerExample =
        """{"namespace":"default","service":"shop","route":"default","stable":"shop@v1","canary":"shop@v2","steps":"""
            + """[5,25,50,100],"bakeTime":"5m","success":"""
            + """{"maxErrorPercent":1,"maxLatencyRatio":1.5,"minRequests":100},"phase":"running","step":2,"weight":"""
            + """25,"since":"2026-01-01T10:05:02+00:00","verdict":"holds","reason":"has had 37 of the 100 requests that a step """
            + """needs","observed":{"stable":{"requests":112,"failed":0,"meanMilliseconds":12.1},"canary":"""
            + """{"requests":37,"failed":0,"meanMilliseconds":11.8}},"history":["""
            + """{"time":"2026-01-01T10:00:00+00:00","what":"started","weight":5,"by":"user:ada"},"""
            + """{"time":"2026-01-01T10:05:02+00:00","what":"advanced","weight":25,"by":"reconciler:traffic-canary","reason":"0 % of """
            + """140 requests failed, mean 11.9 ms","observed":{"stable":"""
            + """{"requests":2660,"failed":2,"meanMilliseconds":12.3},"canary":"""
            + """{"requests":140,"failed":0,"meanMilliseconds":11.9}}}],"revision":2}""";

    private const string SwitchExample = """{"service":"shop","to":"shop@green"}""";

    private const string SwitchAnswerExample =
        """{"namespace":"default","service":"shop","route":"default","to":"shop@green","before":["""
            + """{"service":"shop","subset":"blue","weight":100}],"phase":"switched","since":"2026-01-01T10:00:00+00:00","by":"user:"""
            + """ada","revision":1}""";

    private static readonly IReadOnlyList<ParameterDoc> WriteHeaders =
        [ParameterDoc.IdempotencyKey, ParameterDoc.IfMatch,
            new("If-None-Match", "string", "`*`: only if the service has had no canary and no switch yet, else 412.", "header")];

    private static readonly ParameterDoc ServiceInPath = new("service", "string", "The service.", "path", "shop", Required: true);

    private static readonly ParameterDoc OfNamespace = new("namespace", "string", "Only this namespace; all if unset or `*`.");

    public static OperationDoc StartCanary { get; } = new("startCanary", Tag, "Starts a canary")
    {
        Description = """
            Advances the weights of a route step by step while the load reports of the canary meet `success`, and aborts by itself if they
            do not. A step with too few requests waits. While the canary runs, only it sets the destinations of the route: other changes are
            refused with 409, and so is a second canary of the service. The same canary again answers `"changed": false`.
            """,
        Parameters = WriteHeaders,
        Body = typeof(CanarySpec),
        BodyExample = CanaryExample,
        Answer = typeof(DeliveryWriteAnswer),
        AnswerExample =
            """{"changed":true,"sequence":42,"service":"shop","namespace":"default","phase":"running","step":1,"weight":5,"revision":1}""",
        Problems = [400, 404, 409, 412, 413, 415, 422, 429, 503],
    };

    public static OperationDoc PromoteCanary { get; } = new("promoteCanary", Tag, "Advances a canary by hand")
    {
        Description =
            "To the next step; with `step` to that one, which is safe to repeat; with `all` to its end. A completed canary answers "
                + "`\"changed\": false`.",
        Parameters = WriteHeaders,
        Body = typeof(PromoteCanaryRequest),
        BodyExample = """{"service":"shop","all":true,"reason":"checked by hand"}""",
        Answer = typeof(DeliveryWriteAnswer),
        AnswerExample =
            """{"changed":true,"sequence":43,"service":"shop","namespace":"default","phase":"completed","step":4,"weight":"""
                + """100,"to":"shop@v2","revision":2}""",
        Problems = [400, 404, 409, 412, 413, 415, 422, 503],
    };

    public static OperationDoc AbortCanary { get; } = new("abortCanary", Tag, "Aborts a canary by hand")
    {
        Description =
            "All requests of its route go to the stable one with the answer. An aborted canary answers `\"changed\": false`; a "
                + "completed one 409.",
        Parameters = WriteHeaders,
        Body = typeof(AbortCanaryRequest),
        BodyExample = """{"service":"shop","reason":"wrong prices"}""",
        Answer = typeof(DeliveryWriteAnswer),
        AnswerExample =
            """{"changed":true,"sequence":43,"service":"shop","namespace":"default","phase":"aborted","step":2,"weight":"""
                + """0,"to":"shop@v1","revision":3}""",
        Problems = [400, 404, 409, 412, 413, 415, 422, 503],
    };

    public static OperationDoc GetCanary { get; } = new("getCanary", Tag, "Shows a service's last canary and how it is doing")
    {
        Parameters = [ServiceInPath, ParameterDoc.Namespace, ParameterDoc.MinSequence, ParameterDoc.Consistency],
        Answer = typeof(CanaryAnswer),
        AnswerExample = CanaryAnswerExample,
        Problems = [400, 404, 503],
    };

    public static OperationDoc ListCanaries { get; } = new("listCanaries", Tag, "Lists the last canary of each service")
    {
        Parameters = [OfNamespace, ParameterDoc.MinSequence, ParameterDoc.Consistency],
        Answer = typeof(CanaryListAnswer),
        AnswerExample = $$"""{"sequence":43,"items":[{{CanaryAnswerExample}}]}""",
        Problems = [400, 503],
    };

    public static OperationDoc Switch { get; } = new("switchBlueGreen", Tag, "Sends all requests of a route elsewhere at once")
    {
        Description =
            "One command, all or nothing. Where they went before is kept for a rollback. Refused with 409 while no instance serves the "
                + "new destination, and while a canary of the service runs.",
        Parameters = WriteHeaders,
        Body = typeof(BlueGreenSpec),
        BodyExample = SwitchExample,
        Answer = typeof(DeliveryWriteAnswer),
        AnswerExample =
            """{"changed":true,"sequence":42,"service":"shop","namespace":"default","phase":"switched","to":"shop@green","revision":1}""",
        Problems = [400, 404, 409, 412, 413, 415, 422, 429, 503],
    };

    public static OperationDoc RollBack { get; } = new("rollBackBlueGreen", Tag, "Rolls back a service's last switch")
    {
        Description =
            "The route leads where it led before. A switch that is rolled back already answers `\"changed\": false`; if the "
                + "destinations were changed since, it is refused with 409.",
        Parameters = WriteHeaders,
        Body = typeof(RollBackRequest),
        BodyExample = """{"service":"shop"}""",
        Answer = typeof(DeliveryWriteAnswer),
        AnswerExample =
            """{"changed":true,"sequence":43,"service":"shop","namespace":"default","phase":"rolled-back","to":"shop@blue","revision":2}""",
        Problems = [400, 404, 409, 412, 413, 415, 422, 503],
    };

    public static OperationDoc GetSwitch { get; } = new("getBlueGreen", Tag, "Shows a service's last switch")
    {
        Parameters = [ServiceInPath, ParameterDoc.Namespace, ParameterDoc.MinSequence, ParameterDoc.Consistency],
        Answer = typeof(BlueGreenAnswer),
        AnswerExample = SwitchAnswerExample,
        Problems = [400, 404, 503],
    };

    public static OperationDoc ListSwitches { get; } = new("listBlueGreen", Tag, "Lists the last switch of each service")
    {
        Parameters = [OfNamespace, ParameterDoc.MinSequence, ParameterDoc.Consistency],
        Answer = typeof(BlueGreenListAnswer),
        AnswerExample = $$"""{"sequence":43,"items":[{{SwitchAnswerExample}}]}""",
        Problems = [400, 503],
    };
}
