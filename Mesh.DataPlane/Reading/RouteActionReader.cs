using Mesh.DataPlane.Routing;
using Mesh.Xds.Protos;
using Action = Mesh.DataPlane.Routing.RouteAction;
using RouteAction = Mesh.Xds.Protos.RouteAction;

namespace Mesh.DataPlane.Reading;

/// <summary>Reads what becomes of a request that a route takes.</summary>
internal static class RouteActionReader
{
    private static readonly int[] RedirectStatus = [301, 302, 303, 307, 308];

    public static Action? Read(Route route, string field, Faults faults)
    {
        switch (route.ActionCase)
        {
            case Route.ActionOneofCase.Route_:
                return Forward(route.Route_, $"{field}.route", faults);
            case Route.ActionOneofCase.Redirect:
                return Redirect(route.Redirect, $"{field}.redirect", faults);
            case Route.ActionOneofCase.DirectResponse:
                if (route.DirectResponse.Status is < 200 or > 599)
                    faults.Add($"{field}.direct_response.status", $"{route.DirectResponse.Status} is not between 200 and 599");
                return new Action.Respond((int)route.DirectResponse.Status, Text(route.DirectResponse.Body));
            default:
                faults.Add(field, "has no action this data plane knows: route, redirect or direct_response");
                return null;
        }
    }

    private static Action.Forward? Forward(RouteAction action, string field, Faults faults)
    {
        if (Targets(action, field, faults) is not { } targets)
            return null;

        if (action.PrefixRewrite.Length > 0 && action.PrefixRewrite[0] != '/')
            faults.Add($"{field}.prefix_rewrite", $"'{action.PrefixRewrite}' has to begin with a slash");
        var timeout = faults.Duration(action.Timeout, $"{field}.timeout");
        return new Action.Forward(targets)
        {
            PrefixRewrite = action.PrefixRewrite.Length == 0 ? null : action.PrefixRewrite,
            HostRewrite = action.HostRewriteLiteral.Length == 0 ? null : action.HostRewriteLiteral,
            Timeout = timeout == TimeSpan.Zero ? null : timeout,
        };
    }

    private static WeightedTargets? Targets(RouteAction action, string field, Faults faults)
    {
        switch (action.ClusterSpecifierCase)
        {
            case RouteAction.ClusterSpecifierOneofCase.Cluster when action.Cluster.Length > 0:
                return new WeightedTargets([(action.Cluster, 1)]);
            case RouteAction.ClusterSpecifierOneofCase.WeightedClusters:
                var weighted = action.WeightedClusters.Clusters.Select(c => (c.Name, Weight: c.Weight ?? 0)).Where(c => c.Weight > 0).ToList();
                if (weighted.Count == 0)
                    faults.Add($"{field}.weighted_clusters", "has no cluster with a weight above 0");
                else if (weighted.Any(c => c.Name.Length == 0))
                    faults.Add($"{field}.weighted_clusters", "has a cluster without a name");
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

    private static Action.Redirect Redirect(RedirectAction redirect, string field, Faults faults)
    {
        if ((int)redirect.ResponseCode is < 0 or > 4)
            faults.Add($"{field}.response_code", $"{(int)redirect.ResponseCode} is none of the five that redirect");
        if (redirect.PathRewriteSpecifierCase == RedirectAction.PathRewriteSpecifierOneofCase.PrefixRewrite)
            faults.Add($"{field}.prefix_rewrite", "is not supported; use path_redirect");
        if (redirect.PathRedirect.Length > 0 && redirect.PathRedirect[0] != '/')
            faults.Add($"{field}.path_redirect", $"'{redirect.PathRedirect}' has to begin with a slash");
        var scheme = redirect.SchemeRewriteSpecifierCase switch
        {
            RedirectAction.SchemeRewriteSpecifierOneofCase.HttpsRedirect => redirect.HttpsRedirect ? "https" : null,
            RedirectAction.SchemeRewriteSpecifierOneofCase.SchemeRedirect => redirect.SchemeRedirect,
            _ => null,
        };
        return new Action.Redirect(
            RedirectStatus[Math.Clamp((int)redirect.ResponseCode, 0, 4)],
            scheme,
            redirect.HostRedirect.Length == 0 ? null : redirect.HostRedirect,
            redirect.PortRedirect == 0 ? null : (int)redirect.PortRedirect,
            redirect.PathRedirect.Length == 0 ? null : redirect.PathRedirect,
            redirect.StripQuery);
    }

    private static string Text(DataSource? source) => source?.SpecifierCase switch
    {
        DataSource.SpecifierOneofCase.InlineString => source.InlineString,
        DataSource.SpecifierOneofCase.InlineBytes => source.InlineBytes.ToStringUtf8(),
        _ => "",
    };
}
