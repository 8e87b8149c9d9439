using System.Globalization;
using System.Text.Json;
using Mesh.Contracts.Traffic;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Routing;
using Mesh.Xds.Resources;
using LocalRateLimit = Mesh.Xds.Protos.LocalRateLimit;
using RouteConfiguration = Mesh.Xds.Protos.RouteConfiguration;

namespace Mesh.Traffic.Explaining;

/// <summary>What a data plane has understood of a route and its clusters, in words.</summary>
internal static class ExplainText
{
    public static ExplainedCluster Cluster(string name, uint weight, ClusterSnapshot? cluster) => new()
    {
        Name = name,
        Weight = weight,
        Unresolved = cluster is null || cluster.Config.Unresolved,
        Balancing = cluster?.Config.Policy switch
        {
            null => null,
            BalancingPolicy.WeightedRoundRobin => "round_robin",
            BalancingPolicy.LeastRequest => "least_request",
            BalancingPolicy.RingHash => "ring_hash",
            BalancingPolicy.Maglev => "maglev",
            _ => "random",
        },
        Policies = cluster is null ? [] : [.. Policies(cluster.Config)],
        Endpoints = cluster is null ? [] : [.. cluster.Endpoints.Select(e => e.Config).Select(e => new ExplainedEndpoint(
            e.Address, NullIfEmpty(e.Instance), NullIfEmpty(e.Version), NullIfEmpty(e.Zone ?? ""), e.Health.ToString().ToLowerInvariant(),
            e.Weight, (int)e.Priority))],
    };

    public static ExplainedTreatment Treatment(RouteSnapshot route, in RequestFacts request)
    {
        var forward = route.Action as RouteAction.Forward;
        var concerned = route.Fault?.Concerns(request) == true;
        return new ExplainedTreatment
        {
            Timeout = forward?.Timeout is { } timeout ? Span(timeout) : null,
            Retry = forward?.Retry is { } retry
                ? $"{Times(retry.Retries)} on "
                    + $"{Conditions(retry)}{(retry.PerTryTimeout is { } one ? $", each try at most {Span(one)}" : "")}, after up to "
                    + $"{Span(retry.BackoffBase)}, doubling to {Span(retry.BackoffMax)}"
                : null,
            Faults = concerned ? [.. Faults(route.Fault!)] : [],
            Mirrors = [.. (forward?.Mirrors ?? []).Select(m => $"{Percent(m.Share)} to {m.Cluster}")],
            Rewrites = [.. Rewrites(forward)],
            Hash = [
                .. (forward?.Hash
                    ?? []).Select(h => h.Name.Length == 0 ? "source address" : $"{h.Source.ToString().ToLowerInvariant()} {h.Name}")],
            Answer = route.Action switch
            {
                RouteAction.Redirect to =>
                    $"{to.Status} to {to.Scheme ?? "same scheme"}, {to.Host ?? "same host"}, "
                        + $"{to.Path ?? (to.PrefixRewrite is { } prefix ? $"prefix replaced by '{prefix}'" : "same path")}",
                RouteAction.Respond respond => $"{respond.Status}{(respond.Body.Length > 0 ? $": {respond.Body}" : "")}",
                _ => null,
            },
        };
    }

    /// <summary>What the route configuration says for all of its routes.</summary>
    public static ExplainedService? Service(XdsResource? resource)
    {
        if (resource is null) return null;
        var routes = RouteConfiguration.Parser.ParseFrom(resource.Packed.Value);
        var fallback = MeshMetadata.Read(routes.Metadata, MeshMetadata.Fallback);
        var limit = routes.VirtualHosts.Select(h => h.TypedPerFilterConfig.GetValueOrDefault(LocalRateLimits.FilterName))
            .FirstOrDefault(l => l is not null)?.Unpack<LocalRateLimit>();
        return new ExplainedService(
            limit is null ? null : string.Create(CultureInfo.InvariantCulture,
                $"{limit.TokenBucket.TokensPerFill ?? 1} each {Span(limit.TokenBucket.FillInterval.ToTimeSpan())}, up to "
                    + $"{limit.TokenBucket.MaxTokens} at once, for each client"),
            fallback.Length == 0 ? null : fallback);
    }

    private static IEnumerable<string> Policies(ClusterConfig config)
    {
        if (config.Breakers is { } breakers)
        {
            // Requests wait for connections only.
            (string Name,
                int? Limit)[] limits = [("connections", breakers.MaxConnections),
                    ("waiting", breakers.MaxConnections is null ? null : breakers.MaxPending), ("requests", breakers.MaxRequests),
                    ("retries", breakers.MaxRetries)];
            var texts = limits.Where(l => l.Limit is not null).Select(l => $"{l.Limit} {l.Name}").ToArray();
            if (texts.Length > 0) yield return $"circuit breaker: at most {string.Join(", ", texts)}";
            yield return $"retry budget: {breakers.Budget.Percent.ToString(CultureInfo.InvariantCulture)} % of requests, "
                + $"{breakers.Budget.PerSecond} a second in any case";
        }

        if (config.Outliers is { } outliers)
            yield return $"outlier detection: {outliers.Consecutive5xx.Limit} failures in a row eject for "
                + $"{Span(outliers.BaseEjection)}, at most {outliers.MaxShare} % of endpoints";
    }

    private static IEnumerable<string> Faults(FaultPolicy fault)
    {
        if (fault.Delay is { } delay) yield return $"delay of {Span(delay)} in {Percent(fault.DelayShare)}";
        if (fault.HttpStatus is { } http) yield return $"answer {http} in {Percent(fault.AbortShare)}";
        if (fault.GrpcStatus is { } grpc) yield return $"gRPC status {grpc} in {Percent(fault.AbortShare)}";
    }

    private static IEnumerable<string> Rewrites(RouteAction.Forward? forward)
    {
        if (forward?.PrefixRewrite is { } prefix) yield return $"matched prefix becomes '{prefix}'";
        if (forward?.RegexRewrite is { } regex) yield return $"path: {regex.Pattern} becomes {regex.Substitution}";
        if (forward?.HostRewrite is { } host) yield return $"host becomes '{host}'";
        if (forward?.HostFromHeader is { } header) yield return $"host becomes header {header}";
    }

    // In the words in which a route says them.
    private static string Conditions(RetryPolicy retry) =>
        string.Join(", ",
            Enum.GetValues<RetryConditions>().Where(one => one != RetryConditions.None && retry.On.HasFlag(one))
                .SelectMany(one => one switch
    {
        RetryConditions.ServerError => ["5xx"],
        RetryConditions.Retriable4xx => ["retriable-4xx"],
        RetryConditions.StatusCodes => retry.StatusCodes.Select(code => code.ToString(CultureInfo.InvariantCulture)),
        _ => [JsonNamingPolicy.KebabCaseLower.ConvertName(one.ToString())],
    }));

    private static string Times(int retries) => retries == 1 ? "once more" : $"{retries} times more";

    private static string Percent(int share) => $"{(share / 10_000.0).ToString(CultureInfo.InvariantCulture)} %";

    private static string Span(TimeSpan span) =>
        span == Timeout.InfiniteTimeSpan
            ? "ever"
            : span.TotalSeconds < 1
                ? $"{span.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}ms"
                : $"{span.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s";

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
