using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;

namespace Mesh.Traffic.Rules;

/// <summary>
/// What gRPC's own clients do otherwise with a route or policy, or not at all. The table in docs/data-planes.md says it field by field.
/// </summary>
public static class GrpcGaps
{
    // gRFC A44: a call is made five times at most.
    private const int MostRetries = 4;

    /// <summary>The warnings for a route of a service that they may call; null for none.</summary>
    public static IReadOnlyList<string>? Of(MeshState state, RouteSpec route) =>
        GrpcClients.MayCall(state, new ServiceKey(route.Namespace, route.Service))
            ? GrpcClients.Warnings([.. Matches(route), .. Actions(route), .. Retries(route.Retry)])
            : null;

    /// <summary>The warnings for a traffic policy.</summary>
    public static IReadOnlyList<string>? Of(MeshState state, TrafficPolicySpec policy) =>
        policy.LoadBalancing is { } balancing && GrpcClients.MayCall(state, new ServiceKey(policy.Namespace, policy.Service))
            ? GrpcClients.Warnings(Balancing(balancing))
            : null;

    private static IEnumerable<(string, string)> Matches(RouteSpec route)
    {
        for (var i = 0; i < (route.Match?.Count ?? 0); i++)
        {
            var (match, at) = (route.Match![i], $"match[{i}]");
            if (match.Query is not null) yield return ($"{at}.query", "never take this alternative: their calls have no query");
            if (match.Methods?.Contains("POST") is false)
                yield return ($"{at}.methods", "never take this alternative: their calls are POST");
            if (match.Path is { Exact: { } exact } && Segments(exact) != 2)
                yield return ($"{at}.path.exact", "never take this alternative: their paths are /service/method");
            if (match.Path is { Prefix: { } prefix } && Segments(prefix) > 2)
                yield return ($"{at}.path.prefix", "never take this alternative: their paths are /service/method");
            foreach (var header in match.Headers ?? [])
            {
                if (IsOfTransport(header.Name))
                    yield return ($"{at}.headers", $"see no '{header.Name}': they match on what the application sets, as text");
            }
        }
    }

    private static IEnumerable<(string, string)> Actions(RouteSpec route)
    {
        if (route.Redirect is not null) yield return ("redirect", "fail the call as UNAVAILABLE");
        if (route.DirectResponse is not null) yield return ("directResponse", "fail the call as UNAVAILABLE");
        if (route.Rewrite is not null) yield return ("rewrite", "leave path and host as they are");
        if (route.Headers is not null) yield return ("headers", "leave headers as they are");
        if (route.Mirror is not null) yield return ("mirror", "send no copies");
        if (route.Hash?.Any(hash => hash.Header is null) is true)
            yield return ("hash", "hash headers only: cookies and addresses are left out");
    }

    private static IEnumerable<(string, string)> Retries(RetrySpec? retry)
    {
        if (retry is null) yield break;
        if (retry.PerTryTimeout is not null) yield return ("retry.perTryTimeout", "ignore it: an attempt lasts until the route's timeout");
        if (retry.Attempts > MostRetries) yield return ("retry.attempts", $"send a call again {MostRetries} times at most");
        if (retry.On?.Any(condition => !RetryConditionNames.IsGrpc(condition)) is true)
            yield return ("retry.on", "see no HTTP statuses: such a condition means UNAVAILABLE if gRPC maps it so, else nothing");
    }

    private static IEnumerable<(string, string)> Balancing(LoadBalancingSpec balancing)
    {
        if (balancing.Policy is "least_request" or "random") yield return ("loadBalancing.policy", "take turns (round_robin)");
        if (balancing.Policy is "maglev") yield return ("loadBalancing.policy", "use ring_hash");
        if (balancing.Policy is "maglev" or "ring_hash")
            yield return ("loadBalancing.policy", "of C-core 1.50 and 1.51 take turns: a ring ends their process (grpc/grpc#31766)");
        if (balancing.ZoneAware is true) yield return ("loadBalancing.zoneAware", "call all zones");
        if (balancing.SlowStart is not null) yield return ("loadBalancing.slowStart", "give a new instance its whole share at once");
        if (balancing.PanicThreshold is not null) yield return ("loadBalancing.panicThreshold", "never panic");
        if (balancing.Failover is not null)
            yield return ("loadBalancing.failover", "go to the next zone only if no endpoint of the one before can be reached");
    }

    private static int Segments(string path) => path.TrimStart('/').Split('/').Length;

    // Binary headers, and what HTTP/2's transport sets below the routing.
    private static bool IsOfTransport(string header) =>
        header.EndsWith("-bin", StringComparison.Ordinal) || header.StartsWith("grpc-", StringComparison.Ordinal)
            || header is "user-agent" or "te" or "host";
}
