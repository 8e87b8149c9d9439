using Mesh.Api.Rest;
using Mesh.Contracts.Resilience;
using Mesh.Contracts.Rest;
using Mesh.Resilience.Policies;

namespace Mesh.Resilience.Api;

/// <summary>Resilience's part of the OpenAPI document.</summary>
internal static class ResilienceDocs
{
    private const string Tag = "Resilience";

    private static readonly IReadOnlyList<ParameterDoc> WriteHeaders = [ParameterDoc.IdempotencyKey, ParameterDoc.IfMatch];

    private static readonly ParameterDoc IfNoneMatch = new("If-None-Match", "string", "`*`: only if there is no such policy yet, else 412.",
        "header");

    public static IReadOnlyDictionary<PolicyKind, OperationDoc> Set { get; } = new Dictionary<PolicyKind, OperationDoc>
    {
        [PolicyKind.CircuitBreaker] = SetDoc(PolicyKind.CircuitBreaker, "setCircuitBreaker", "Sets a service's circuit breaker",
            "`threshold` failures of an instance in a row eject it for a while; the maxima limit connections and requests to the service.",
            typeof(CircuitBreakerRequest),
            """{"service":"shop","threshold":5,"maxConnections":100,"maxPendingRequests":100,"maxRequests":100,"maxRetries":3}"""),
        [PolicyKind.Bulkhead] = SetDoc(PolicyKind.Bulkhead, "setBulkhead", "Isolates a service by a bulkhead",
            "Where a circuit breaker bounds the same, the lower number counts.",
            typeof(BulkheadRequest), """{"service":"shop","maxConcurrent":50,"maxQueued":10}"""),
        [PolicyKind.OutlierDetection] = SetDoc(PolicyKind.OutlierDetection, "setOutlierDetection",
            "Sets how failing instances of a service are detected",
            "Where a circuit breaker's threshold says the same, the lower number counts.",
            typeof(OutlierDetectionRequest),
            """{"service":"shop","consecutive5xx":5,"consecutiveGatewayErrors":"""
                + """3,"interval":"10s","baseEjectionTime":"30s","maxEjectionTime":"5m","maxEjectedPercent":50,"successRate":"""
                + """{"minimumHosts":3,"requestVolume":100,"stdevFactor":1900}}"""),
        [PolicyKind.RateLimit] = SetDoc(PolicyKind.RateLimit, "setRateLimit", "Limits the rate of requests to a service",
            "Requests over the limit get 429 and `Retry-After`.",
            typeof(RateLimitRequest), """{"service":"shop","requests":100,"unit":"second","burst":20,"scope":"local"}"""),
        [PolicyKind.Timeout] = SetDoc(PolicyKind.Timeout, "setTimeout", "Sets a service's timeouts",
            "A timeout of a route's own counts before `request`.",
            typeof(TimeoutRequest), """{"service":"shop","request":"2s","idle":"1m","connect":"500ms"}"""),
        [PolicyKind.Fallback] = SetDoc(PolicyKind.Fallback, "setFallback", "Names a service that responds when another cannot",
            "The fallback of a fallback is never called.",
            typeof(FallbackRequest), """{"service":"shop","fallback":"shop-static"}"""),
    };

    public static IReadOnlyDictionary<PolicyKind, OperationDoc> Remove { get; } = PolicyKinds.All.ToDictionary(kind => kind, kind =>
        new OperationDoc($"remove{kind}", Tag, $"Removes a service's {PolicyKinds.NameOf(kind).Replace('-', ' ')} policy")
        {
            Description = "What does not exist answers `\"changed\": false`.",
            Parameters = [new("service", "string", "The service.", Example: "shop", Required: true), ParameterDoc.Namespace,
                .. WriteHeaders],
            Answer = typeof(PolicyWriteAnswer),
            AnswerExample =
                $$"""{"changed":true,"sequence":43,"service":"shop","namespace":"default","kind":"{{PolicyKinds.NameOf(kind)}}"}""",
            Problems = [400, 412, 422, 503],
        });

    public static OperationDoc List { get; } = new("listPolicies", Tag, "Lists resilience policies")
    {
        Description =
            "All filters that are set must match. With `afterSequence` the answer waits until something that the filter shows may have "
                + "changed since, or `wait` is over. The field named by an item's kind is the body that sets the policy again.",
        Parameters =
        [
            new("namespace", "string", "Only this namespace; all if unset or `*`."),
            new("service", "string", "Only this service.", Example: "shop"),
            new("kind", "string", $"Only this kind: {string.Join(", ", PolicyKinds.All.Select(kind => $"`{PolicyKinds.NameOf(kind)}`"))}.",
                Example: "bulkhead"),
            new("afterSequence", "integer", "Long-poll: the `sequence` of the list that the client has."),
            new("wait", "string", "How long to wait for a change, such as `30s` (the default), at most `3m`."),
            ParameterDoc.MinSequence, ParameterDoc.Consistency,
        ],
        Answer = typeof(PolicyListAnswer),
        AnswerExample =
            """{"sequence":42,"items":[{"service":"shop","namespace":"default","kind":"bulkhead","revision":1,"bulkhead":"""
                + """{"service":"shop","namespace":"default","maxConcurrent":50,"maxQueued":10}}]}""",
        Problems = [400, 429, 503],
    };

    private static OperationDoc SetDoc(PolicyKind kind, string id, string summary, string more, Type body, string example) =>
        new(id, Tag, summary)
    {
        Description =
            $"{more} The service need not exist yet. The policy is replaced whole: unset fields have their defaults. An unchanged "
                + "policy answers `\"changed\": false` and adds no event. `If-Match` refers to the policy's ETag.",
        Parameters = [.. WriteHeaders, IfNoneMatch],
        Body = body,
        BodyExample = example,
        Answer = typeof(PolicyWriteAnswer),
        AnswerExample =
            $$"""{"changed":true,"sequence":"""
                + $$"""42,"service":"shop","namespace":"default","kind":"{{PolicyKinds.NameOf(kind)}}","revision":1}""",
        Problems = [400, 412, 413, 415, 422, 429, 503],
    };
}
