using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Requests;
using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>What a route's rewrites make of a request: the path and the host that an endpoint is asked for. Flow step 9.</summary>
public static class UpstreamAddress
{
    /// <summary>The address to send to.</summary>
    /// <param name="request">The request.</param>
    /// <param name="route">The route that has taken it.</param>
    /// <param name="action">What it does with it.</param>
    /// <param name="prefix">The endpoint's part of the address.</param>
    public static string Of(ICallRequest request, RouteSnapshot route, RouteAction.Forward action, string prefix)
    {
        var rest = request.PathAndQuery;
        if (action.RegexRewrite is { } regex)
            return string.Concat(prefix, regex.Of(request.Facts.Path.ToString()),
                rest.IndexOf('?') is >= 0 and var query ? rest[query..] : []);
        if (action.PrefixRewrite is { } rewrite)
        {
            // A path that was left out is matched as a slash, and nothing of the query stands for it.
            if (rest.StartsWith('/'))
                rest = rest[Math.Min(MatchedLength(route.Path, request.Facts.Path), rest.Length)..];
            return string.Concat(prefix, rewrite, rewrite.EndsWith('/') && rest.StartsWith('/') ? rest[1..] : rest);
        }

        return rest.StartsWith('/') ? string.Concat(prefix, rest) : string.Concat(prefix, "/", rest);
    }

    /// <summary>The host to send, or null for the address's own.</summary>
    /// <param name="request">The request.</param>
    /// <param name="action">What its route does with it.</param>
    /// <param name="endpoint">The endpoint that it is sent to.</param>
    public static string? HostOf(ICallRequest request, RouteAction.Forward action, EndpointSnapshot endpoint)
    {
        if (action.HostRewrite is { } host)
            return host;
        return action.HostFromHeader is { } name && request.Facts.Headers.Get(name) is { Length: > 0 } told
            ? told
            : endpoint.Config.HostName;
    }

    /// <summary>
    /// What is wrong with what the route's rewrites make of the request, before anything is done with it: a header's value that is not a
    /// valid host, or a path that leads upwards, or names a host, as it did not before. Null where nothing is rewritten.
    /// </summary>
    public static string? FaultOfRewrite(ICallRequest request, RouteSnapshot route, RouteAction.Forward action)
    {
        if (action.HostFromHeader is { } name && request.Facts.Headers.Get(name) is { Length: > 0 } host
            && HeadSyntax.FaultOfAuthority(host) is { } fault)
        {
            return $"the header {name} says the host to send, and {fault}";
        }

        if (action.RegexRewrite is null && action.PrefixRewrite is null)
            return null;
        ReadOnlySpan<char> address = Of(request, route, action, "");
        if (HeadSyntax.FaultOfPath(address) is { } bad)
            return bad;
        if (PathReading.StepsUp(address) > PathReading.StepsUp(request.Facts.Path))
            return "the route's rewrite makes its path lead upwards";
        return PathReading.NamesHost(address) && !PathReading.NamesHost(request.Facts.Path)
            ? "the route's rewrite makes its path begin with two slashes, which some servers take for a host"
            : null;
    }

    /// <summary>
    /// What the route's rewrite takes off the front of the path: with it before a path of the service's, a client reaches that. Empty where
    /// the rewrite puts something else there, since no prefix says that.
    /// </summary>
    public static ReadOnlySpan<char> PrefixTakenOff(ICallRequest request, RouteSnapshot route, RouteAction.Forward action)
    {
        var path = request.Facts.Path;
        if (action.PrefixRewrite is not { } rewrite || MatchedLength(route.Path, path) is var length && length > path.Length)
            return [];
        var matched = path[..length];
        var rest = path[length..];
        // Not a whole segment: what is left of it stays in the path.
        if (!rest.IsEmpty && rest[0] != '/' && !matched.EndsWith('/'))
            return [];
        matched = matched.TrimEnd('/');
        var kept = rewrite.AsSpan().TrimEnd('/');
        return matched.EndsWith(kept, StringComparison.Ordinal) ? matched[..^kept.Length] : [];
    }

    // How much of the path the rewrite replaces.
    private static int MatchedLength(PathMatch match, ReadOnlySpan<char> path) => match switch
    {
        PathMatch.Prefix prefix => prefix.Text.Length,
        PathMatch.Below below => below.Text.Length,
        _ => path.Length,
    };
}
