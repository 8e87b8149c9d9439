using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Traffic.Api;
using Microsoft.AspNetCore.Http;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Traffic.Delivery.Api;

/// <summary>Operations on canaries and switches: what each takes, requires and answers.</summary>
internal static class DeliveryOperations
{
    private const string OnlyIf = "the service has had no canary and no switch yet";

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

    private static readonly OperationGroup Group = TrafficOperations.Group with { Tag = "Delivery" };

    public static Operation StartCanary { get; } = new(Group, OperationKind.Write, HttpMethods.Post, "/canaries", "startCanary",
        "Starts a canary")
    {
        Rpc = V1.Delivery.Descriptor.Method("StartCanary"),
        Description = """
            Advances the weights of a route step by step while the load reports of the canary meet `success`, and aborts by itself if they
            do not. A step with too few requests waits. While the canary runs, only it sets the destinations of the route: other changes are
            refused with 409, and so is a second canary of the service. The same canary again answers `"changed": false`.
            """,
        OnlyIf = OnlyIf,
        Body = typeof(CanarySpec),
        BodyExample = CanaryExample,
        Answer = typeof(DeliveryWriteAnswer),
        AnswerExample =
            """{"changed":true,"sequence":42,"service":"shop","namespace":"default","phase":"running","step":1,"weight":5,"revision":1}""",
        Refusals = [RefusalKind.NotFound, RefusalKind.Conflict, RefusalKind.LimitReached],
    };

    public static Operation PromoteCanary { get; } = new(Group, OperationKind.Write, HttpMethods.Post, "/canaries/promote", "promoteCanary",
        "Advances a canary by hand")
    {
        Rpc = V1.Delivery.Descriptor.Method("PromoteCanary"),
        Description =
            "To the next step; with `step` to that one, which is safe to repeat; with `all` to its end. A completed canary answers "
                + "`\"changed\": false`.",
        OnlyIf = OnlyIf,
        Body = typeof(PromoteCanaryRequest),
        BodyExample = """{"service":"shop","all":true,"reason":"checked by hand"}""",
        Answer = typeof(DeliveryWriteAnswer),
        AnswerExample =
            """{"changed":true,"sequence":43,"service":"shop","namespace":"default","phase":"completed","step":4,"weight":"""
                + """100,"to":"shop@v2","revision":2}""",
        Refusals = [RefusalKind.NotFound, RefusalKind.Conflict],
    };

    public static Operation AbortCanary { get; } = new(Group, OperationKind.Write, HttpMethods.Post, "/canaries/abort", "abortCanary",
        "Aborts a canary by hand")
    {
        Rpc = V1.Delivery.Descriptor.Method("AbortCanary"),
        Description =
            "All requests of its route go to the stable one with the answer. An aborted canary answers `\"changed\": false`; a "
                + "completed one 409.",
        OnlyIf = OnlyIf,
        Body = typeof(AbortCanaryRequest),
        BodyExample = """{"service":"shop","reason":"wrong prices"}""",
        Answer = typeof(DeliveryWriteAnswer),
        AnswerExample =
            """{"changed":true,"sequence":43,"service":"shop","namespace":"default","phase":"aborted","step":2,"weight":"""
                + """0,"to":"shop@v1","revision":3}""",
        Refusals = [RefusalKind.NotFound, RefusalKind.Conflict],
    };

    public static Operation GetCanary { get; } = new(Group, OperationKind.Read, HttpMethods.Get, "/canaries/{service}", "getCanary",
        "Shows a service's last canary and how it is doing")
    {
        Rpc = V1.Delivery.Descriptor.Method("GetCanary"),
        Parameters = [TrafficOperations.ServiceInPath, StandardParameters.Namespace],
        Answer = typeof(CanaryAnswer),
        AnswerExample = CanaryAnswerExample,
        Refusals = [RefusalKind.NotFound],
    };

    public static Operation ListCanaries { get; } = new(Group, OperationKind.Read, HttpMethods.Get, "/canaries", "listCanaries",
        "Lists the last canary of each service")
    {
        Rpc = V1.Delivery.Descriptor.Method("ListCanaries"),
        Parameters = [StandardParameters.OnlyNamespace],
        Answer = typeof(CanaryListAnswer),
        AnswerExample = $$"""{"sequence":43,"items":[{{CanaryAnswerExample}}]}""",
    };

    public static Operation Switch { get; } = new(Group, OperationKind.Write, HttpMethods.Post, "/blue-green", "switchBlueGreen",
        "Sends all requests of a route elsewhere at once")
    {
        Rpc = V1.Delivery.Descriptor.Method("SwitchBlueGreen"),
        Description =
            "One command, all or nothing. Where they went before is kept for a rollback. Refused with 409 while no instance serves the "
                + "new destination, and while a canary of the service runs.",
        OnlyIf = OnlyIf,
        Body = typeof(BlueGreenSpec),
        BodyExample = SwitchExample,
        Answer = typeof(DeliveryWriteAnswer),
        AnswerExample =
            """{"changed":true,"sequence":42,"service":"shop","namespace":"default","phase":"switched","to":"shop@green","revision":1}""",
        Refusals = [RefusalKind.NotFound, RefusalKind.Conflict, RefusalKind.LimitReached],
    };

    public static Operation RollBack { get; } = new(Group, OperationKind.Write, HttpMethods.Post, "/blue-green/rollback",
        "rollBackBlueGreen", "Rolls back a service's last switch")
    {
        Rpc = V1.Delivery.Descriptor.Method("RollBackBlueGreen"),
        Description =
            "The route leads where it led before. A switch that is rolled back already answers `\"changed\": false`; if the "
                + "destinations were changed since, it is refused with 409.",
        OnlyIf = OnlyIf,
        Body = typeof(RollBackRequest),
        BodyExample = """{"service":"shop"}""",
        Answer = typeof(DeliveryWriteAnswer),
        AnswerExample =
            """{"changed":true,"sequence":43,"service":"shop","namespace":"default","phase":"rolled-back","to":"shop@blue","revision":2}""",
        Refusals = [RefusalKind.NotFound, RefusalKind.Conflict],
    };

    public static Operation GetSwitch { get; } = new(Group, OperationKind.Read, HttpMethods.Get, "/blue-green/{service}", "getBlueGreen",
        "Shows a service's last switch")
    {
        Rpc = V1.Delivery.Descriptor.Method("GetBlueGreen"),
        Parameters = [TrafficOperations.ServiceInPath, StandardParameters.Namespace],
        Answer = typeof(BlueGreenAnswer),
        AnswerExample = SwitchAnswerExample,
        Refusals = [RefusalKind.NotFound],
    };

    public static Operation ListSwitches { get; } = new(Group, OperationKind.Read, HttpMethods.Get, "/blue-green", "listBlueGreen",
        "Lists the last switch of each service")
    {
        Rpc = V1.Delivery.Descriptor.Method("ListBlueGreen"),
        Parameters = [StandardParameters.OnlyNamespace],
        Answer = typeof(BlueGreenListAnswer),
        AnswerExample = $$"""{"sequence":43,"items":[{{SwitchAnswerExample}}]}""",
    };
}
