using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;

namespace Mesh.Traffic.Rollouts;

/// <summary>Rollouts in the OpenAPI document.</summary>
internal static class RolloutDocs
{
    private const string Tag = "Traffic";
    private const string WriteExample = """{"changed":true,"sequence":42,"service":"shop","namespace":"default","revision":1}""";

    private const string AnswerExample =
        """{"namespace":"default","service":"shop","id":"r42","phase":"running","percent":10,"bake":"30s","since":"2026-01-01T00:00:"""
            + """00Z","routes":["beta"],"removeRoutes":[],"policy":false,"revision":1}""";

    private static readonly IReadOnlyList<ParameterDoc> WriteHeaders = [ParameterDoc.IdempotencyKey, ParameterDoc.IfMatch];
    private static readonly ParameterDoc ServiceInPath = new("service", "string", "The service.", "path", "shop", Required: true);

    public static OperationDoc Start { get; } = new("startRollout", Tag,
        "Rolls a change of routes and traffic policy out to a share of a service's clients first")
    {
        Description = """
            `percent` of the clients, drawn by a hash of rollout and node, get the change; all others keep what they have. Once every client
            of the share has acknowledged it for `bake`, all get it. A client of the share that refuses it halts the rollout, and all
            clients get what they had before. The rollout pauses while the workers cannot see the clients of the share.
            """,
        Parameters = WriteHeaders,
        Body = typeof(RolloutSpec),
        BodyExample =
            """{"service":"shop","percent":10,"bake":"30s","routes":[{"service":"shop","name":"beta","destinations":["""
                + """{"service":"shop","subset":"v2"}]}]}""",
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = WriteExample,
        Problems = [400, 409, 412, 413, 415, 422, 429, 503],
    };

    public static OperationDoc List { get; } = new("listRollouts", Tag, "Lists the last rollout of each service")
    {
        Parameters = [new("namespace", "string", "Only this namespace; all if unset or `*`."), ParameterDoc.MinSequence,
            ParameterDoc.Consistency],
        Answer = typeof(RolloutListAnswer),
        AnswerExample = $$"""{"sequence":42,"items":[{{AnswerExample}}]}""",
        Problems = [400, 503],
    };

    public static OperationDoc Get { get; } = new("getRollout", Tag, "Shows how far a service's rollout is")
    {
        Parameters = [ServiceInPath, ParameterDoc.Namespace, ParameterDoc.MinSequence, ParameterDoc.Consistency],
        Answer = typeof(RolloutAnswer),
        AnswerExample = AnswerExample,
        Problems = [400, 404, 503],
    };

    public static OperationDoc Advance { get; } = new("advanceRollout", Tag, "Gives a rollout to a larger share of clients, or to all")
    {
        Description = "Without `percent` all clients get it at once, which completes it.",
        Parameters = [ServiceInPath, ParameterDoc.Namespace, .. WriteHeaders],
        Body = typeof(RolloutAdvance),
        BodyExample = """{"percent":50}""",
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = WriteExample,
        Problems = [400, 404, 409, 412, 413, 415, 422, 503],
    };

    public static OperationDoc Abort { get; } = new("abortRollout", Tag, "Ends a rollout: all clients get what they had before")
    {
        Parameters = [ServiceInPath, ParameterDoc.Namespace, .. WriteHeaders],
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = WriteExample,
        Problems = [400, 404, 412, 422, 503],
    };

    public static OperationDoc Report { get; } = new("reportRollout", Tag, "What has been observed of a rollout")
    {
        Description = "Workers report over gRPC. A report on an earlier rollout or share changes nothing.",
        Parameters = [ServiceInPath, ParameterDoc.Namespace, .. WriteHeaders],
        Body = typeof(RolloutReport),
        BodyExample = """{"id":"r42","verdict":"halt","percent":10,"node":"web-1","reason":"route 'beta': …"}""",
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = WriteExample,
        Problems = [400, 412, 413, 415, 422, 503],
    };
}
