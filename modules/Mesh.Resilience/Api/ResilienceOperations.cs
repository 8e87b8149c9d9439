using Mesh.Api.Rest;
using Mesh.Contracts.Resilience;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Commands;
using Mesh.Resilience.Policies;
using Microsoft.AspNetCore.Http;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Resilience.Api;

/// <summary>Resilience's operations: what each takes, requires and answers.</summary>
internal static class ResilienceOperations
{
    private const string OnlyIf = "there is no such policy yet";

    private static readonly OperationGroup Group = OperationGroup.OfModule("Resilience", "/resilience", ResilienceEndpoints.Permissions);

    public static Parameter<string?> Service { get; } = Parameter.Label("service", "The service.", "shop");

    public static Parameter<string?> OnlyService { get; } = Parameter.Text("service", "Only this service.", "shop");

    public static Parameter<string?> OnlyKind { get; } = Parameter.Text("kind",
        $"Only this kind: {string.Join(", ", PolicyKinds.All.Select(kind => $"`{PolicyKinds.NameOf(kind)}`"))}.", "bulkhead");

    public static IReadOnlyDictionary<PolicyKind, Operation> Set { get; } = new Dictionary<PolicyKind, Operation>
    {
        [PolicyKind.CircuitBreaker] = Setting(PolicyKind.CircuitBreaker, "setCircuitBreaker", "Sets a service's circuit breaker",
            "`threshold` failures of an instance in a row eject it for a while; the maxima limit connections and requests to the service.",
            typeof(CircuitBreakerRequest),
            """{"service":"shop","threshold":5,"maxConnections":100,"maxPendingRequests":100,"maxRequests":100,"maxRetries":3}"""),
        [PolicyKind.Bulkhead] = Setting(PolicyKind.Bulkhead, "setBulkhead", "Isolates a service by a bulkhead",
            "Where a circuit breaker bounds the same, the lower number counts.",
            typeof(BulkheadRequest), """{"service":"shop","maxConcurrent":50,"maxQueued":10}"""),
        [PolicyKind.OutlierDetection] = Setting(PolicyKind.OutlierDetection, "setOutlierDetection",
            "Sets how failing instances of a service are detected",
            "Where a circuit breaker's threshold says the same, the lower number counts.",
            typeof(OutlierDetectionRequest),
            """{"service":"shop","consecutive5xx":5,"consecutiveGatewayErrors":"""
                + """3,"interval":"10s","baseEjectionTime":"30s","maxEjectionTime":"5m","maxEjectedPercent":50,"successRate":"""
                + """{"minimumHosts":3,"requestVolume":100,"stdevFactor":1900}}"""),
        [PolicyKind.RateLimit] = Setting(PolicyKind.RateLimit, "setRateLimit", "Limits the rate of requests to a service",
            "Requests over the limit get 429 and `Retry-After`.",
            typeof(RateLimitRequest), """{"service":"shop","requests":100,"unit":"second","burst":20,"scope":"local"}"""),
        [PolicyKind.Timeout] = Setting(PolicyKind.Timeout, "setTimeout", "Sets a service's timeouts",
            "A timeout of a route's own counts before `request`.",
            typeof(TimeoutRequest), """{"service":"shop","request":"2s","idle":"1m","connect":"500ms"}"""),
        [PolicyKind.Fallback] = Setting(PolicyKind.Fallback, "setFallback", "Names a service that responds when another cannot",
            "The fallback of a fallback is never called.",
            typeof(FallbackRequest), """{"service":"shop","fallback":"shop-static"}"""),
    };

    public static IReadOnlyDictionary<PolicyKind, Operation> Remove { get; } = PolicyKinds.All.ToDictionary(kind => kind, kind =>
        new Operation(Group, OperationKind.Write, HttpMethods.Delete, PathOf(kind), $"remove{kind}",
            $"Removes a service's {PolicyKinds.NameOf(kind).Replace('-', ' ')} policy")
        {
            Rpc = V1.Resilience.Descriptor.Method("RemovePolicy"),
            Description = "What does not exist answers `\"changed\": false`.",
            Parameters = [Service, StandardParameters.Namespace],
            OnlyIf = OnlyIf,
            Answer = typeof(PolicyWriteAnswer),
            AnswerExample =
                $$"""{"changed":true,"sequence":43,"service":"shop","namespace":"default","kind":"{{PolicyKinds.NameOf(kind)}}"}""",
        });

    public static Operation List { get; } = new(Group, OperationKind.Watch, HttpMethods.Get, "/policies", "listPolicies",
        "Lists resilience policies")
    {
        Rpc = V1.Resilience.Descriptor.Method("ListPolicies"),
        Description =
            "All filters that are set must match. With `afterSequence` the answer waits until something that the filter shows may have "
                + "changed since, or `wait` is over. The field named by an item's kind is the body that sets the policy again.",
        Parameters = [StandardParameters.OnlyNamespace, OnlyService, OnlyKind],
        Answer = typeof(PolicyListAnswer),
        AnswerExample =
            """{"sequence":42,"items":[{"service":"shop","namespace":"default","kind":"bulkhead","revision":1,"bulkhead":"""
                + """{"service":"shop","namespace":"default","maxConcurrent":50,"maxQueued":10}}]}""",
    };

    private static Operation Setting(PolicyKind kind, string id, string summary, string more, Type body, string example) =>
        new(Group, OperationKind.Write, HttpMethods.Post, PathOf(kind), id, summary)
    {
        Rpc = V1.Resilience.Descriptor.Method("SetPolicy"),
        Description =
            $"{more} The service need not exist yet. The policy is replaced whole: unset fields have their defaults. An unchanged "
                + "policy answers `\"changed\": false` and adds no event. `If-Match` refers to the policy's ETag.",
        OnlyIf = OnlyIf,
        Body = body,
        BodyExample = example,
        Answer = typeof(PolicyWriteAnswer),
        AnswerExample =
            $$"""{"changed":true,"sequence":"""
                + $$"""42,"service":"shop","namespace":"default","kind":"{{PolicyKinds.NameOf(kind)}}","revision":1}""",
        Refusals = [RefusalKind.LimitReached],
    };

    private static string PathOf(PolicyKind kind) => $"/{PolicyKinds.PathOf(kind)}";
}
