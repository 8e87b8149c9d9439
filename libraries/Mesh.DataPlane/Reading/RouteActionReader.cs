using Mesh.DataPlane.Requests;
using Mesh.DataPlane.Routing;
using Mesh.Xds.Protos;
using Action = Mesh.DataPlane.Routing.RouteAction;
using RouteAction = Mesh.Xds.Protos.RouteAction;

namespace Mesh.DataPlane.Reading;

/// <summary>Reads what becomes of a request that a route takes.</summary>
internal static class RouteActionReader
{
    private static readonly int[] RedirectStatus = [301, 302, 303, 307, 308];

    public static Action? Read(Route route, Xds.Protos.RetryPolicy? hostRetry, string field, ResourceFaults faults)
    {
        switch (route.ActionCase)
        {
            case Route.ActionOneofCase.Route_:
                return Forward(route.Route_, hostRetry, $"{field}.route", faults);
            case Route.ActionOneofCase.Redirect:
                return Redirect(route, $"{field}.redirect", faults);
            case Route.ActionOneofCase.DirectResponse:
                if (route.DirectResponse.Status is < 200 or > 599)
                    faults.Add($"{field}.direct_response.status", $"{route.DirectResponse.Status} is not between 200 and 599");
                return new Action.Respond((int)route.DirectResponse.Status, Text(route.DirectResponse.Body));
            default:
                faults.Add(field, "has no action this data plane knows: route, redirect or direct_response");
                return null;
        }
    }

    private static Action.Forward? Forward(RouteAction action, Xds.Protos.RetryPolicy? hostRetry, string field, ResourceFaults faults)
    {
        if (Targets(action, field, faults) is not { } targets)
            return null;

        Path(action.PrefixRewrite, $"{field}.prefix_rewrite", faults);
        if (action.HostRewriteHeader.Length > 0 && HeadSyntax.FaultOfName(action.HostRewriteHeader) is { } noHeader)
            faults.Add($"{field}.host_rewrite_header", noHeader);
        var life = faults.Duration(action.MaxStreamDuration?.MaxStreamDuration_, $"{field}.max_stream_duration.max_stream_duration");
        var idle = faults.Duration(action.IdleTimeout, $"{field}.idle_timeout");
        return new Action.Forward(targets)
        {
            PrefixRewrite = action.PrefixRewrite.Length == 0 ? null : action.PrefixRewrite,
            RegexRewrite = Regex(action, $"{field}.regex_rewrite", faults),
            HostRewrite = action.HostRewriteLiteral.Length == 0
                ? null
                : Host(action.HostRewriteLiteral, $"{field}.host_rewrite_literal", faults),
            HostFromHeader = action.HostRewriteHeader.Length == 0 ? null : action.HostRewriteHeader,
            Timeout = Shorter(faults.Duration(action.Timeout, $"{field}.timeout"), life),
            LongestLife = Shorter(life, null),
            IdleTimeout = idle == TimeSpan.Zero ? System.Threading.Timeout.InfiniteTimeSpan : idle,
            Retry = RetryPolicyReader.Read(action.RetryPolicy ?? hostRetry, $"{field}.retry_policy", faults),
            Hash = HashPolicyReader.Read(action.HashPolicy, $"{field}.hash_policy", faults),
            Mirrors = [.. action.RequestMirrorPolicies.Select((m, i) => Mirror(m, $"{field}.request_mirror_policies[{i}]", faults))],
        };
    }

    // 0 is no limit.
    private static TimeSpan? Shorter(TimeSpan? one, TimeSpan? other)
    {
        one = one == TimeSpan.Zero ? null : one;
        other = other == TimeSpan.Zero ? null : other;
        return one is null || other < one ? other : one;
    }

    private static PathRewrite? Regex(RouteAction action, string field, ResourceFaults faults)
    {
        if (action.RegexRewrite is not { } rewrite)
            return null;
        if (action.PrefixRewrite.Length > 0)
            faults.Add(field, "is set beside prefix_rewrite; set only one");
        if (rewrite.Substitution.Length > 0 && HeadSyntax.FaultOfTarget(rewrite.Substitution) is { } fault)
            faults.Add($"{field}.substitution", fault);
        return RouteMatchReader.Try(() => new PathRewrite(rewrite.Pattern?.Regex ?? "", rewrite.Substitution), field, faults);
    }

    private static string Host(string host, string field, ResourceFaults faults)
    {
        if (HeadSyntax.FaultOfAuthority(host) is { } fault)
            faults.Add(field, $"'{host}' is not a valid host: {fault}");
        return host;
    }

    // What stands here is sent as it is, or in front of what came.
    private static void Path(string path, string field, ResourceFaults faults)
    {
        if (path.Length == 0)
            return;
        if (path[0] != '/')
            faults.Add(field, $"'{path}' has to begin with a slash");
        else if (HeadSyntax.FaultOfPath(path) is { } fault)
            faults.Add(field, fault);
        else if (PathReading.NamesHost(path))
            faults.Add(field, $"'{path}' begins with two slashes: what follows is a host to some servers");
    }

    private static MirrorPolicy Mirror(RouteAction.Types.RequestMirrorPolicy mirror, string field, ResourceFaults faults)
    {
        if (mirror.Cluster.Length == 0)
            faults.Add($"{field}.cluster", "is empty");
        // If unset, all of them.
        return new MirrorPolicy(mirror.Cluster,
            mirror.RuntimeFraction is null ? FaultPolicy.Whole : FaultPolicyReader.Share(mirror.RuntimeFraction.DefaultValue));
    }

    private static WeightedTargets? Targets(RouteAction action, string field, ResourceFaults faults)
    {
        switch (action.ClusterSpecifierCase)
        {
            case RouteAction.ClusterSpecifierOneofCase.Cluster when action.Cluster.Length > 0:
                return new WeightedTargets([new WeightedTarget(action.Cluster, 1)]);
            case RouteAction.ClusterSpecifierOneofCase.WeightedClusters:
                var at = $"{field}.weighted_clusters";
                var weighted = action.WeightedClusters.Clusters.Select((c, i) => Target(c, $"{at}.clusters[{i}]", faults))
                    .Where(t => t.Weight > 0).ToList();
                if (weighted.Count == 0)
                    faults.Add(at, "has no cluster with a weight above 0");
                else if (weighted.Any(c => c.Cluster.Length == 0))
                    faults.Add(at, "has a cluster without a name");
                else
                    return new WeightedTargets(weighted);
                return null;
            case RouteAction.ClusterSpecifierOneofCase.ClusterHeader:
                faults.Add($"{field}.cluster_header", "is not supported");
                return null;
            default:
                faults.Add($"{field}.cluster", "is missing");
                return null;
        }
    }

    private static WeightedTarget Target(WeightedCluster.Types.ClusterWeight cluster, string field, ResourceFaults faults) =>
        new(cluster.Name, cluster.Weight ?? 0)
    {
        Fault = FaultPolicyReader.Read(cluster.TypedPerFilterConfig, field, faults),
        RequestHeaders = HeaderMutationsReader.Read(cluster.RequestHeadersToAdd, cluster.RequestHeadersToRemove, field, "request", faults),
        ResponseHeaders = HeaderMutationsReader.Read(cluster.ResponseHeadersToAdd, cluster.ResponseHeadersToRemove, field, "response",
            faults),
    };

    private static Action.Redirect Redirect(Route route, string field, ResourceFaults faults)
    {
        var redirect = route.Redirect;
        if ((int)redirect.ResponseCode is < 0 or > 4)
            faults.Add($"{field}.response_code", $"{(int)redirect.ResponseCode} is none of the five that redirect");
        Path(redirect.PrefixRewrite, $"{field}.prefix_rewrite", faults);
        Path(redirect.PathRedirect, $"{field}.path_redirect", faults);
        if (redirect.PortRedirect > 65_535)
            faults.Add($"{field}.port_redirect", $"{redirect.PortRedirect} is not a valid port");
        var scheme = redirect.SchemeRewriteSpecifierCase switch
        {
            RedirectAction.SchemeRewriteSpecifierOneofCase.HttpsRedirect => redirect.HttpsRedirect ? "https" : null,
            RedirectAction.SchemeRewriteSpecifierOneofCase.SchemeRedirect => redirect.SchemeRedirect,
            _ => null,
        };
        // RFC 3986 §3.1.
        if (scheme is not null
            && (scheme.Length == 0 || !char.IsAsciiLetter(scheme[0])
                || !scheme.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.')))
            faults.Add($"{field}.scheme_redirect", $"'{scheme}' is not a scheme");
        return new Action.Redirect(
            RedirectStatus[Math.Clamp((int)redirect.ResponseCode, 0, 4)],
            scheme,
            redirect.HostRedirect.Length == 0 ? null : Host(redirect.HostRedirect, $"{field}.host_redirect", faults),
            redirect.PortRedirect == 0 ? null : (int)redirect.PortRedirect,
            redirect.PathRedirect.Length == 0 ? null : redirect.PathRedirect,
            redirect.StripQuery)
        {
            PrefixRewrite = redirect.PrefixRewrite.Length == 0 ? null : redirect.PrefixRewrite,
            MatchedLength = route.Match?.PathSpecifierCase switch
            {
                RouteMatch.PathSpecifierOneofCase.Prefix => route.Match.Prefix.Length,
                RouteMatch.PathSpecifierOneofCase.PathSeparatedPrefix => route.Match.PathSeparatedPrefix.Length,
                _ => int.MaxValue,
            },
        };
    }

    private static string Text(DataSource? source) => source?.SpecifierCase switch
    {
        DataSource.SpecifierOneofCase.InlineString => source.InlineString,
        DataSource.SpecifierOneofCase.InlineBytes => source.InlineBytes.ToStringUtf8(),
        _ => "",
    };
}
