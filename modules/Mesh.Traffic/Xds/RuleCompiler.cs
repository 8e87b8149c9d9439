using Google.Protobuf.WellKnownTypes;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Traffic;
using Mesh.Traffic.State;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Traffic.Xds;

/// <summary>A service's rules as routes of xDS, in the order in which they are tried (Flow step 6).</summary>
internal static class RuleCompiler
{
    /// <summary>Subset that no instance is in: where gRPC calls end for which a route has an answer that gRPC does not know.</summary>
    public const string NotForGrpc = "not-for-grpc";

    /// <summary>
    /// The routes for one caller. What clients of the flavour cannot do is left out of them, and rules that they cannot tell apart are left
    /// out whole.
    /// </summary>
    public static IEnumerable<Route> Compile(ServiceTraffic service, string? caller, XdsFlavour flavour, MeshProtocol protocol)
    {
        foreach (var rule in service.Rules)
        {
            if (!MatchCompiler.Concerns(rule.Match, service.Key.Namespace, caller) || !MatchCompiler.CanTell(rule.Match, flavour)) continue;
            var spec = rule.Route;
            var toRoot = spec.Rewrite?.Prefix == "/" || spec.Redirect?.Prefix == "/";
            foreach (var (match, prefix) in MatchCompiler.Compile(rule.Match, flavour, toRoot))
            {
                var route = new Route { Name = rule.Name, Match = match };
                SetAction(route, rule, prefix, flavour);
                if (flavour != XdsFlavour.Grpc) HeaderCompiler.Apply(spec.Headers, route);
                if (spec.Fault is { } fault)
                    route.TypedPerFilterConfig[HttpFilters.Fault] = CanonicalProtobuf.Pack(FaultCompiler.Compile(fault, flavour, protocol));
                yield return route;
            }
        }
    }

    /// <summary>Whether nothing can come to a route behind this one.</summary>
    public static bool TakesAll(Route route) =>
        route.Match is { PathSpecifierCase: RouteMatch.PathSpecifierOneofCase.Prefix, Prefix: "", Grpc: null, Headers.Count: 0,
            QueryParameters.Count: 0 };

    private static void SetAction(Route route, RouteRule rule, string? prefix, XdsFlavour flavour)
    {
        var spec = rule.Route;
        if (flavour == XdsFlavour.Grpc && spec.Destinations is null)
        {
            // gRPC's clients refuse a configuration with such an action; and to send the request where the route does not lead would be
            // worse than to fail.
            var (@namespace, name) = (spec.Namespace, spec.Service);
            route.Route_ = new RouteAction
            {
                Cluster = XdsNames.Subset(XdsNames.Service(@namespace, name), NotForGrpc),
                Timeout = new Duration(),
            };
        }
        else if (spec.Redirect is { } redirect) route.Redirect = Redirect(redirect, prefix);
        else if (spec.DirectResponse is { } response)
        {
            route.DirectResponse = new DirectResponseAction { Status = (uint)response.Status };
            if (response.Body is { } body) route.DirectResponse.Body = new DataSource { InlineString = body };
        }
        else route.Route_ = Forward(rule, prefix, flavour);
    }

    private static RouteAction Forward(RouteRule rule, string? prefix, XdsFlavour flavour)
    {
        var spec = rule.Route;
        var action = new RouteAction { Timeout = new Duration() };
        var destinations = spec.Destinations ?? [];
        if (destinations.Count == 1) action.Cluster = Destination.Of(destinations[0], spec.Namespace).Cluster;
        else
        {
            action.WeightedClusters = new WeightedCluster();
            action.WeightedClusters.Clusters.AddRange(destinations.Select(destination =>
                new WeightedCluster.Types.ClusterWeight
                {
                    Name = Destination.Of(destination, spec.Namespace).Cluster,
                    Weight = (uint)destination.Weight,
                }));
            // Clients from before it was given up (gRPC C-core 1.51) take 100 for it where it is missing, and refuse other sums.
            if (flavour == XdsFlavour.Grpc) action.WeightedClusters.TotalWeight = (uint)destinations.Sum(destination => destination.Weight);
        }

        if (spec.Timeout is { } timeout)
        {
            // gRPC's clients look at the second only, everybody else at the first.
            action.Timeout = BalancingCompiler.Wire(timeout);
            if (flavour == XdsFlavour.Grpc)
                action.MaxStreamDuration = new RouteAction.Types.MaxStreamDuration { MaxStreamDuration_ = action.Timeout.Clone() };
        }

        if (spec.Retry is { } retry) action.RetryPolicy = RetryCompiler.Compile(retry, flavour);
        action.HashPolicy.AddRange((spec.Hash ?? []).Where(hash => flavour != XdsFlavour.Grpc || hash.Header is not null).Select(Hash));
        if (flavour == XdsFlavour.Grpc) return action;

        RewriteCompiler.Apply(spec.Rewrite, action, rule.Match, prefix);
        foreach (var mirror in spec.Mirror ?? [])
        {
            var policy = new RouteAction.Types.RequestMirrorPolicy { Cluster = Destination.Of(mirror, spec.Namespace).Cluster };
            if (mirror.Percent < 100)
                policy.RuntimeFraction = new RuntimeFractionalPercent { DefaultValue = FaultCompiler.Percent(mirror.Percent) };
            action.RequestMirrorPolicies.Add(policy);
        }

        return action;
    }

    private static RedirectAction Redirect(RedirectSpec redirect, string? prefix)
    {
        var action = new RedirectAction
        {
            HostRedirect = redirect.Host ?? "",
            PortRedirect = (uint)(redirect.Port ?? 0),
            StripQuery = redirect.StripQuery is true,
            ResponseCode = redirect.Status switch
            {
                301 => RedirectAction.Types.RedirectResponseCode.MovedPermanently,
                303 => RedirectAction.Types.RedirectResponseCode.SeeOther,
                307 => RedirectAction.Types.RedirectResponseCode.TemporaryRedirect,
                308 => RedirectAction.Types.RedirectResponseCode.PermanentRedirect,
                _ => RedirectAction.Types.RedirectResponseCode.Found,
            },
        };
        if (redirect.Scheme is { } scheme) action.SchemeRedirect = scheme;
        if (redirect.Path is { } path) action.PathRedirect = RewriteCompiler.Sendable(path);
        else if (redirect.Prefix is { } other && RewriteCompiler.InPlaceOf(prefix, other) is { } made)
            action.PrefixRewrite = RewriteCompiler.Sendable(made);
        return action;
    }

    // The first part that a request has decides.
    private static RouteAction.Types.HashPolicy Hash(HashSpec hash)
    {
        var policy = new RouteAction.Types.HashPolicy { Terminal = true };
        if (hash.Header is { } header) policy.Header = new RouteAction.Types.HashPolicy.Types.Header { HeaderName = header };
        else if (hash.Cookie is { } cookie)
        {
            policy.Cookie = new RouteAction.Types.HashPolicy.Types.Cookie { Name = cookie.Name };
            if (cookie.Ttl is not { } ttl) return policy;
            policy.Cookie.Ttl = BalancingCompiler.Wire(ttl);
            policy.Cookie.Path = cookie.Path ?? "/";
        }
        else policy.ConnectionProperties = new RouteAction.Types.HashPolicy.Types.ConnectionProperties { SourceIp = true };
        return policy;
    }
}
