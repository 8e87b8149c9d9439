using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;

namespace Mesh.Traffic.Api;

/// <summary>Traffic's part of the OpenAPI document.</summary>
internal static class TrafficDocs
{
    private const string Tag = "Traffic";

    private const string RouteExample =
        """{"service":"shop","name":"beta","priority":10,"match":[{"path":{"prefix":"/cart"},"methods":["GET"],"headers":["""
            + """{"name":"x-user","exact":"beta"}]}],"destinations":[{"service":"shop","subset":"v1","weight":80},"""
            + """{"service":"shop","subset":"v2","weight":20}],"timeout":"2s","retry":{"attempts":2,"perTryTimeout":"500ms","on":"""
            + """["5xx","connect-failure","unavailable"],"backoff":{"base":"25ms","max":"250ms"}},"headers":{"request":{"set":"""
            + """{"x-a":"b"},"remove":["x-c"]}},"mirror":[{"service":"shop","subset":"v3","percent":10}],"fault":{"delay":"""
            + """{"fixed":"200ms","percent":5}}}""";

    private const string RouteAnswerExample =
        """{"namespace":"default","service":"shop","name":"default","priority":0,"destinations":["""
            + """{"service":"shop","subset":"v1","weight":80},{"service":"shop","subset":"v2","weight":20}],"order":1,"unresolved":"""
            + """["shop@v2"],"revision":3}""";

    private const string WriteExample =
        """{"changed":true,"sequence":42,"service":"shop","namespace":"default","route":"beta","destinations":2,"revision":1}""";

    private const string PolicyExample =
        """{"subsets":[{"name":"canary","selector":{"track":"canary"}}],"loadBalancing":"""
            + """{"policy":"least_request","zoneAware":true,"failover":["z1","z2"],"slowStart":"30s","panicThreshold":30}}""";

    private static readonly IReadOnlyList<ParameterDoc> WriteHeaders =
        [ParameterDoc.IdempotencyKey, ParameterDoc.IfMatch,
            new("If-None-Match", "string", "`*`: only if it does not exist yet, else 412.", "header")];

    private static readonly ParameterDoc ServiceInPath = new("service", "string", "The service.", "path", "shop", Required: true);

    public static OperationDoc SetRoute { get; } = new("setRoute", Tag, "Makes or changes a route")
    {
        Description = """
            A route of the same `name` is replaced as a whole; a request that changes nothing answers `"changed": false` and adds no event.
            With neither `name` nor `match` nor anything else beside `destinations`, these are added to the route named `default`. A route
            with a `match` and without a `name` gets a name made from the match.

            Destinations need not exist: a request to one that no instance serves gets a 503 (gRPC: UNAVAILABLE) that names it, and `GET`
            lists it as `unresolved`. Two routes of a service that take the same requests at the same priority are refused with 409.
            """,
        Parameters = WriteHeaders,
        Body = typeof(RouteSpec),
        BodyExample = RouteExample,
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = WriteExample,
        Problems = [400, 409, 412, 413, 415, 422, 429, 503],
    };

    public static OperationDoc RemoveRoute { get; } = new("removeRoute", Tag, "Removes a route, or one destination of the route `default`")
    {
        Description =
            "Set `name` or `destination`. Removing the last destination removes the route. What does not exist answers `\"changed\": "
                + "false`.",
        Parameters = [new("service", "string", "The service.", Example: "shop", Required: true), ParameterDoc.Namespace,
            new("name", "string", "The route.", Example: "beta"),
            new("destination", "string", "A destination of the route `default`: `service[.namespace][@subset]`."), .. WriteHeaders],
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = """{"changed":true,"sequence":43,"service":"shop","namespace":"default","route":"beta","destinations":0}""",
        Problems = [400, 409, 412, 422, 503],
    };

    public static OperationDoc ListRoutes { get; } = new("listRoutes", Tag, "Lists routes in the order in which they are tried")
    {
        Description =
            "Higher priority first; then by path: exact, template, prefix, regex, none; then the longer path; then more conditions; "
                + "then by name. Requests that match no route go to the service itself.",
        Parameters = [new("namespace", "string", "Only this namespace; all if unset or `*`."),
            new("service", "string", "Only this service.", Example: "shop"),
            new("afterSequence", "integer",
                "Long-poll: the `sequence` of the list that the client has; waits until a route or policy that the filter shows has "
                    + "changed since."),
            new("wait", "string", "How long to wait for a change, such as `30s` (the default), at most `3m`."),
            ParameterDoc.MinSequence, ParameterDoc.Consistency],
        Answer = typeof(RouteListAnswer),
        AnswerExample = $$"""{"sequence":42,"items":[{{RouteAnswerExample}}]}""",
        Problems = [400, 429, 503],
    };

    public static OperationDoc GetRoute { get; } = new("getRoute", Tag, "Shows one route")
    {
        Parameters = [ServiceInPath, new("name", "string", "The route.", "path", "default", Required: true), ParameterDoc.Namespace,
            ParameterDoc.MinSequence, ParameterDoc.Consistency],
        Answer = typeof(RouteAnswer),
        AnswerExample = RouteAnswerExample,
        Problems = [400, 404, 503],
    };

    public static OperationDoc PutPolicy { get; } = new("setTrafficPolicy", Tag, "Sets how a service's instances are load-balanced")
    {
        Description = "Named subsets of the instances, and how one instance is chosen. The service need not exist.",
        Parameters = [ServiceInPath, ParameterDoc.Namespace, .. WriteHeaders],
        Body = typeof(TrafficPolicySpec),
        BodyExample = PolicyExample,
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = """{"changed":true,"sequence":44,"service":"shop","namespace":"default","revision":1}""",
        Problems = [400, 412, 413, 415, 422, 429, 503],
    };

    public static OperationDoc DeletePolicy { get; } = new("removeTrafficPolicy", Tag, "Resets a service's traffic policy to the defaults")
    {
        Parameters = [ServiceInPath, ParameterDoc.Namespace, .. WriteHeaders],
        Answer = typeof(TrafficWriteAnswer),
        AnswerExample = """{"changed":true,"sequence":45,"service":"shop","namespace":"default"}""",
        Problems = [400, 412, 422, 503],
    };

    public static OperationDoc GetPolicy { get; } = new("getTrafficPolicy", Tag, "Shows a service's traffic policy")
    {
        Parameters = [ServiceInPath, ParameterDoc.Namespace, ParameterDoc.MinSequence, ParameterDoc.Consistency],
        Answer = typeof(TrafficPolicyAnswer),
        AnswerExample = """{"namespace":"default","service":"shop","loadBalancing":{"policy":"least_request"},"revision":1}""",
        Problems = [400, 404, 503],
    };

    public static OperationDoc ListPolicies { get; } = new("listTrafficPolicies", Tag, "Lists traffic policies")
    {
        Parameters = [new("namespace", "string", "Only this namespace; all if unset or `*`."), ParameterDoc.MinSequence,
            ParameterDoc.Consistency],
        Answer = typeof(TrafficPolicyListAnswer),
        AnswerExample =
            """{"sequence":42,"items":[{"namespace":"default","service":"shop","loadBalancing":"""
                + """{"policy":"least_request"},"revision":1}]}""",
        Problems = [400, 503],
    };
}
