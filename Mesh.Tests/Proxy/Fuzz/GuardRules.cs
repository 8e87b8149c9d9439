using Mesh.Xds.Protos;

namespace Mesh.Tests.Proxy.Fuzz;

/// <summary>The rules of those services of the fuzz that have some.</summary>
internal static class GuardRules
{
    /// <summary>The first attempt, and those that the retry rule adds.</summary>
    public const int MostAttempts = 3;

    /// <summary>Gives a service every kind of rule that changes a head, and two that refuse.</summary>
    public static void Apply(VirtualHost host, string mirror)
    {
        var standard = host.Routes[0].Clone();
        standard.Match = new RouteMatch { Prefix = "/" };
        standard.Route_.RetryPolicy = new RetryPolicy { RetryOn = "5xx,connect-failure,reset", NumRetries = MostAttempts - 1 };
        standard.Route_.RequestMirrorPolicies.Add(new RouteAction.Types.RequestMirrorPolicy { Cluster = mirror });
        standard.RequestHeadersToAdd.AddRange(
        [
            new HeaderValueOption
            {
                Header = new HeaderValue { Key = "x-set", Value = "1" },
                AppendAction = HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd,
            },
            new HeaderValueOption
            {
                Header = new HeaderValue { Key = "x-a", Value = "more" },
                AppendAction = HeaderValueOption.Types.HeaderAppendAction.AppendIfExistsOrAdd,
            },
        ]);
        standard.RequestHeadersToRemove.Add("x-http-method-override");
        host.Routes.Clear();
        host.Routes.Add(Refused(new RouteMatch { PathSeparatedPrefix = "/admin" }));
        host.Routes.Add(Refused(new RouteMatch
        {
            Prefix = "/", Headers = { new HeaderMatcher { Name = ":method", StringMatch = new StringMatcher { Exact = "DELETE" } } },
        }));
        host.Routes.Add(
            With(new RouteMatch { SafeRegex = new RegexMatcher { Regex = "/re/.*" } },
                action => action.RegexRewrite = new RegexMatchAndSubstitute
        {
            Pattern = new RegexMatcher { Regex = "^/re/(.*)$" }, Substitution = @"/x/\1",
        }));
        host.Routes.Add(With(new RouteMatch { PathSeparatedPrefix = "/pre" }, action => action.PrefixRewrite = "/other"));
        host.Routes.Add(With(new RouteMatch { Prefix = "/pre" }, action => action.PrefixRewrite = "/q/"));
        host.Routes.Add(With(new RouteMatch { PathSeparatedPrefix = "/host" }, action => action.HostRewriteHeader = "x-host"));
        host.Routes.Add(standard);

        Route With(RouteMatch match, Action<RouteAction> change)
        {
            var route = standard.Clone();
            route.Match = match;
            change(route.Route_);
            return route;
        }
    }

    private static Route Refused(RouteMatch match) => new() { Match = match, DirectResponse = new DirectResponseAction { Status = 403 } };
}
