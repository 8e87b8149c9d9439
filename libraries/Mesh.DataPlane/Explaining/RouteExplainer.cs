using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Explaining;

/// <summary>
/// Says which route of a listener takes a request, and why the others do not. The verdict is the listener's own, and every condition is
/// asked by the very matcher that requests are routed by. Flow step 9.
/// </summary>
public static class RouteExplainer
{
    /// <summary>Tries the routes under the service's own name in order.</summary>
    public static Explanation Explain(ListenerSnapshot listener, in RequestFacts request)
    {
        var taken = listener.Route(request);
        var trials = new List<RouteTrial>();
        var over = false;
        foreach (var route in listener.Hosts?.Find(listener.Name)?.Routes ?? [])
        {
            var takes = ReferenceEquals(route, taken);
            trials.Add(new RouteTrial(route, takes, !over, over || takes ? [] : Misses(route, request)));
            over |= takes;
        }

        return new Explanation(taken, trials);
    }

    /// <summary>What of the route's conditions the request fails, in words; nothing if it takes it.</summary>
    public static IReadOnlyList<string> Misses(RouteSnapshot route, in RequestFacts request)
    {
        var misses = new List<string>();
        if (!route.Path.Matches(request.Path)) misses.Add($"path '{request.Path}' {Of(route.Path)}");
        foreach (var header in route.Headers)
        {
            if (!header.Matches(request))
                misses.Add(Of(header, header.Name == ":method" ? request.Method : request.Headers.Get(header.Name)));
        }

        foreach (var query in route.Query)
        {
            if (!query.Matches(request.Query))
                misses.Add(
                    $"query parameter {query.Name} "
                        + $"{(query.Value is { } value ? Of(value, "is not") : query.Present ? "is missing" : "is there")}");
        }

        if (route.GrpcOnly
            && request.Headers.Get("content-type")?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true)
            misses.Add("it is not a gRPC call: content-type is not application/grpc");
        return misses;
    }

    private static string Of(PathMatch path) => path switch
    {
        PathMatch.Exact exact => $"is not '{exact.Text}'",
        PathMatch.Prefix prefix => $"does not begin with '{prefix.Text}'",
        PathMatch.Below below => $"is neither '{below.Text}' nor below it",
        PathMatch.Pattern pattern => $"does not match {pattern.Text}",
        _ => "is another",
    };

    private static string Of(HeaderMatch header, string? value)
    {
        var name = header.Name == ":method" ? "method" : $"header {header.Name}";
        if (header.Range is { } range) return $"{name} is not from {range.From} to {range.To - 1}";
        if (header.Value is not { } wanted) return $"{name} {(value is null ? "is missing" : "is there")}";
        if (value is null && !header.MissingIsEmpty) return $"{name} is missing";
        return header.Invert ? $"{name} is '{value}', which it must not be" : $"{name} is '{value}': it {Of(wanted, "is not")}";
    }

    private static string Of(ValueMatch value, string isNot) => value.Kind switch
    {
        ValueMatchKind.Prefix => $"does not begin with '{value.Text}'",
        ValueMatchKind.Suffix => $"does not end with '{value.Text}'",
        ValueMatchKind.Contains => $"does not contain '{value.Text}'",
        ValueMatchKind.Regex => $"does not match {value.Text}",
        _ => $"{isNot} '{value.Text}'",
    };
}

/// <summary>How routing a request went.</summary>
/// <param name="Route">The route that takes it, or null.</param>
/// <param name="Trials">All routes, in the order in which they are tried.</param>
public sealed record Explanation(RouteSnapshot? Route, IReadOnlyList<RouteTrial> Trials);

/// <summary>One route's part in it.</summary>
/// <param name="Route">The route.</param>
/// <param name="Takes">Whether it takes the request.</param>
/// <param name="Tried">Whether its turn came: nothing before it had taken the request.</param>
/// <param name="Misses">Which of its conditions the request fails.</param>
public sealed record RouteTrial(RouteSnapshot Route, bool Takes, bool Tried, IReadOnlyList<string> Misses);
