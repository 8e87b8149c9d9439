using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Traffic.Api;
using Microsoft.AspNetCore.Http;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Traffic.Rollouts;

/// <summary>Operations on rollouts: what each takes, requires and answers.</summary>
internal static class RolloutOperations
{
    private const string WriteExample = """{"changed":true,"sequence":42,"service":"shop","namespace":"default","revision":1}""";

    private const string AnswerExample =
        """{"namespace":"default","service":"shop","id":"r42","phase":"running","percent":10,"bake":"30s","since":"2026-01-01T00:00:"""
            + """00Z","routes":["beta"],"removeRoutes":[],"policy":false,"revision":1}""";

    private static readonly OperationGroup Group = TrafficOperations.Group;
    private static readonly OperationGroup Reports = Group with { Permissions = TrafficEndpoints.Reporting };

    public static Operation Start { get; } = new(Group, OperationKind.Write, HttpMethods.Post, "/rollouts", "startRollout",
        "Rolls a change of routes and traffic policy out to a share of a service's clients first")
    {
        Description = """
            `percent` of the clients, drawn by a hash of rollout and node, get the change; all others keep what they have. Once every client
            of the share has acknowledged it for `bake`, all get it. A client of the share that refuses it halts the rollout, and all
            clients get what they had before. The rollout pauses while the workers cannot see the clients of the share.
            """,
        Body = typeof(RolloutSpec),
        BodyExample =
            """{"service":"shop","percent":10,"bake":"30s","routes":[{"service":"shop","name":"beta","destinations":["""
                + """{"service":"shop","subset":"v2"}]}]}""",
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = WriteExample,
        Refusals = [RefusalKind.Conflict, RefusalKind.LimitReached],
    };

    public static Operation List { get; } = new(Group, OperationKind.Read, HttpMethods.Get, "/rollouts", "listRollouts",
        "Lists the last rollout of each service")
    {
        Parameters = [StandardParameters.OnlyNamespace],
        Answer = typeof(RolloutListAnswer),
        AnswerExample = $$"""{"sequence":42,"items":[{{AnswerExample}}]}""",
    };

    public static Operation Get { get; } = new(Group, OperationKind.Read, HttpMethods.Get, "/rollouts/{service}",
        "getRollout", "Shows how far a service's rollout is")
    {
        Parameters = [TrafficOperations.ServiceInPath, StandardParameters.Namespace],
        Answer = typeof(RolloutAnswer),
        AnswerExample = AnswerExample,
        Refusals = [RefusalKind.NotFound],
    };

    public static Operation Advance { get; } = new(Group, OperationKind.Write, HttpMethods.Post, "/rollouts/{service}/advance",
        "advanceRollout", "Gives a rollout to a larger share of clients, or to all")
    {
        Description = "Without `percent` all clients get it at once, which completes it.",
        Parameters = [TrafficOperations.ServiceInPath, StandardParameters.Namespace],
        Body = typeof(RolloutAdvance),
        BodyExample = """{"percent":50}""",
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = WriteExample,
        Refusals = [RefusalKind.NotFound, RefusalKind.Conflict],
    };

    public static Operation Abort { get; } = new(Group, OperationKind.Write, HttpMethods.Post, "/rollouts/{service}/abort",
        "abortRollout", "Ends a rollout: all clients get what they had before")
    {
        Parameters = [TrafficOperations.ServiceInPath, StandardParameters.Namespace],
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = WriteExample,
        Refusals = [RefusalKind.NotFound],
    };

    public static Operation Report { get; } = new(Reports, OperationKind.Write, HttpMethods.Post, "/rollouts/{service}/report",
        "reportRollout", "What has been observed of a rollout")
    {
        Rpc = V1.RolloutStatus.Descriptor.Method("Report"),
        Description = "Workers report over gRPC. A report on an earlier rollout or share changes nothing.",
        Parameters = [TrafficOperations.ServiceInPath, StandardParameters.Namespace],
        Body = typeof(RolloutReport),
        BodyExample = """{"id":"r42","verdict":"halt","percent":10,"node":"web-1","reason":"route 'beta': …"}""",
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = WriteExample,
    };
}
