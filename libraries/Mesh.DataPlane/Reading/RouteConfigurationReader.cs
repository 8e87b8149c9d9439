using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Mesh.Xds.Resources;
using RouteConfiguration = Mesh.Xds.Protos.RouteConfiguration;

namespace Mesh.DataPlane.Reading;

/// <summary>A route configuration as read, or what stands for it where bytes are passed on.</summary>
/// <param name="Hosts">Its virtual hosts; null where bytes go to the one cluster.</param>
/// <param name="Clusters">The clusters its routes name, each once.</param>
internal sealed record RouteTable(VirtualHostTable? Hosts, IReadOnlyCollection<string> Clusters)
{
    /// <summary>The cluster that answers where the service cannot, or null.</summary>
    public string? Fallback { get; init; }

    /// <summary>The tokens of a limit that all data planes share, or null.</summary>
    public SharedTokens? Shared { get; init; }

    /// <summary>The buckets of its rate limits, by where they are said.</summary>
    public IReadOnlyDictionary<string, TokenBucket>? Buckets { get; init; }
}

/// <summary>Reads a route configuration with its virtual hosts.</summary>
internal static class RouteConfigurationReader
{
    /// <param name="config">The route configuration.</param>
    /// <param name="last">Its last version as it was read, or null.</param>
    /// <param name="faults">Collects what is wrong.</param>
    public static RouteTable Read(RouteConfiguration config, RouteTable? last, ResourceFaults faults)
    {
        var limits = new LocalRateLimitReader(last?.Buckets);
        var hosts = new List<VirtualHost>();
        var domains = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var everywhere = FaultPolicyReader.Read(config.TypedPerFilterConfig, "route_configuration", faults);
        var limitEverywhere = limits.Read(config.TypedPerFilterConfig, "", "route_configuration", faults);
        for (var i = 0; i < config.VirtualHosts.Count; i++)
        {
            var host = config.VirtualHosts[i];
            var at = $"virtual_hosts[{i}]";
            if (host.Domains.Count == 0)
                faults.Add($"{at}.domains", "is empty");
            foreach (var domain in host.Domains)
            {
                if (domain.Length == 0 || domain.Trim('*').Contains('*') || (domain.Length > 1 && domain[0] == '*' && domain[^1] == '*'))
                    faults.Add($"{at}.domains", $"'{domain}' is not a valid domain: a wildcard is at its beginning or its end");
                else if (!domains.Add(domain))
                    faults.Add($"{at}.domains", $"'{domain}' is named twice");
            }

            // What holds for all routes of the host comes after what the route itself says.
            var outer = Headers.Of(config, faults).After(Headers.Of(host, at, faults));
            var fault = FaultPolicyReader.Read(host.TypedPerFilterConfig, at, faults) ?? everywhere;
            var limit = limits.Read(host.TypedPerFilterConfig, host.Name, at, faults) ?? limitEverywhere;
            var routes = new List<RouteSnapshot>(host.Routes.Count);
            for (var r = 0; r < host.Routes.Count; r++)
            {
                var field = $"{at}.routes[{r}]";
                var path = RouteMatchReader.Path(host.Routes[r].Match, $"{field}.match", faults);
                var action = RouteActionReader.Read(host.Routes[r], host.RetryPolicy, field, faults);
                var headers = outer.After(Headers.Of(host.Routes[r], field, faults));
                if (path is null || action is null)
                    continue;
                routes.Add(RouteMatchReader.Conditions(host.Routes[r].Match, new(host.Routes[r].Name, path, action)
                {
                    Fault = FaultPolicyReader.Read(host.Routes[r].TypedPerFilterConfig, field, faults) ?? fault,
                    Limit = limits.Read(host.Routes[r].TypedPerFilterConfig, $"{host.Name}/{host.Routes[r].Name}", field, faults) ?? limit,
                    RequestHeaders = headers.Request,
                    ResponseHeaders = headers.Response,
                }, $"{field}.match", faults));
            }

            hosts.Add(new VirtualHost(host.Name, [.. host.Domains], routes));
        }

        var forwards = hosts.SelectMany(h => h.Routes).Select(r => r.Action).OfType<RouteAction.Forward>().ToList();
        var clusters = forwards.SelectMany(f => f.Targets.All.Select(t => t.Cluster).Concat(f.Mirrors.Select(m => m.Cluster)));
        var fallback = MeshMetadata.Read(config.Metadata, MeshMetadata.Fallback) is { Length: > 0 } named ? named : null;
        if (fallback is not null)
            clusters = clusters.Append(fallback);
        return new RouteTable(new VirtualHostTable(hosts), clusters.Distinct().ToArray())
        {
            Buckets = limits.Buckets,
            Fallback = fallback,
            Shared = Shared(config, last),
        };
    }

    // What the last version said too goes on with the tokens that are here.
    private static SharedTokens? Shared(RouteConfiguration config, RouteTable? last)
    {
        if (SharedRateLimits.Read(config.Metadata) is not { } limit)
            return null;
        return last?.Shared is { } kept && kept.Limit == limit ? kept : new SharedTokens(config.Name, limit);
    }

    /// <summary>How one level has headers changed.</summary>
    private readonly record struct Headers(HeaderMutations? Request, HeaderMutations? Response)
    {
        public static Headers Of(RouteConfiguration config, ResourceFaults faults) => new(
            HeaderMutationsReader.Read(config.RequestHeadersToAdd, config.RequestHeadersToRemove, "route_configuration", "request", faults),
            HeaderMutationsReader.Read(config.ResponseHeadersToAdd, config.ResponseHeadersToRemove, "route_configuration", "response",
                faults));

        public static Headers Of(Xds.Protos.VirtualHost host, string field, ResourceFaults faults) => new(
            HeaderMutationsReader.Read(host.RequestHeadersToAdd, host.RequestHeadersToRemove, field, "request", faults),
            HeaderMutationsReader.Read(host.ResponseHeadersToAdd, host.ResponseHeadersToRemove, field, "response", faults));

        public static Headers Of(Xds.Protos.Route route, string field, ResourceFaults faults) => new(
            HeaderMutationsReader.Read(route.RequestHeadersToAdd, route.RequestHeadersToRemove, field, "request", faults),
            HeaderMutationsReader.Read(route.ResponseHeadersToAdd, route.ResponseHeadersToRemove, field, "response", faults));

        public Headers After(Headers first) =>
            new(HeaderMutations.Join(first.Request, Request), HeaderMutations.Join(first.Response, Response));
    }
}
