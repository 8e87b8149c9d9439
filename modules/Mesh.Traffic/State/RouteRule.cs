using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Contracts.Traffic;

namespace Mesh.Traffic.State;

/// <summary>
/// One alternative of a route, with its place among all rules of the service. The order is total and says nothing of when a route was made:
/// priority, then kind of path (exact, template, prefix, regex, none), then length of the path, then number of conditions, then name, then
/// place in the route.
/// </summary>
public sealed record RouteRule : IComparable<RouteRule>
{
    private RouteRule(RouteSpec route, RouteMatchSpec? match, int index)
    {
        (Route, Match, Index) = (route, match, index);
        (Kind, Length) = PathOf(match);
        Conditions = match is null ? 0
            : (match.Methods is null ? 0 : 1) + (match.Headers?.Count ?? 0) + (match.Query?.Count ?? 0)
                + (match.Source is null ? 0 : 1) + (match.Grpc is { Service: null, Method: null } ? 1 : 0);
        Identity = match is null ? "" : JsonSerializer.Serialize(match, TrafficJson.Default.RouteMatchSpec);
    }

    /// <summary>Whose alternative it is.</summary>
    public RouteSpec Route { get; }

    /// <summary>What it takes; null for every request.</summary>
    public RouteMatchSpec? Match { get; }

    /// <summary>Its place in the route.</summary>
    public int Index { get; }

    /// <summary>How its path is compared; lower comes first.</summary>
    public PathKind Kind { get; }

    /// <summary>Characters in its path; longer comes first.</summary>
    public int Length { get; }

    /// <summary>Tests beside the path; more come first.</summary>
    public int Conditions { get; }

    /// <summary>Equal for equal matches.</summary>
    public string Identity { get; }

    /// <summary>Its name on the wire: the route's, with its place where the route has several.</summary>
    public string Name => Route.Match is { Count: > 1 } ? $"{Route.Name}/{Index}" : Route.Name;

    /// <summary>The rules of a route.</summary>
    public static ImmutableArray<RouteRule> Of(RouteSpec route) =>
        route.Match is { Count: > 0 } matches
            ? [.. matches.Select((match, index) => new RouteRule(route, match, index))]
            : [new RouteRule(route, null, 0)];

    /// <inheritdoc/>
    public int CompareTo(RouteRule? other)
    {
        if (other is null) return -1;
        if (other.Route.Priority.CompareTo(Route.Priority) is var priority and not 0) return priority;
        if (Kind.CompareTo(other.Kind) is var kind and not 0) return kind;
        if (other.Length.CompareTo(Length) is var length and not 0) return length;
        if (other.Conditions.CompareTo(Conditions) is var conditions and not 0) return conditions;
        return string.CompareOrdinal(Route.Name, other.Route.Name) is var name and not 0 ? name : Index.CompareTo(other.Index);
    }

    private static (PathKind, int) PathOf(RouteMatchSpec? match)
    {
        // A gRPC call is a path: service and method an exact one, a service alone a prefix, a method alone a pattern.
        if (match?.Grpc is { } grpc)
        {
            if (grpc.Service is null) return grpc.Method is null ? (PathKind.None, 0) : (PathKind.Regex, grpc.Method.Length);
            return grpc.Method is null
                ? (PathKind.Prefix, grpc.Service.Length + 2)
                : (PathKind.Exact, grpc.Service.Length + grpc.Method.Length + 2);
        }

        return match?.Path switch
        {
            { Exact: { } exact } => (PathKind.Exact, exact.Length),
            { Template: { } template } => (PathKind.Template, template.Length),
            { Prefix: { } prefix } => (PathKind.Prefix, prefix.Length),
            { Regex: { } regex } => (PathKind.Regex, regex.Length),
            _ => (PathKind.None, 0),
        };
    }
}

/// <summary>How a rule's path is compared, in the order in which they are tried.</summary>
public enum PathKind
{
    /// <summary>One path.</summary>
    Exact,

    /// <summary>Segments with placeholders.</summary>
    Template,

    /// <summary>A path and all below it.</summary>
    Prefix,

    /// <summary>A regular expression.</summary>
    Regex,

    /// <summary>Any path.</summary>
    None,
}
