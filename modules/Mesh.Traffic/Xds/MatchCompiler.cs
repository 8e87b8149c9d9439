using Mesh.Contracts.Traffic;
using Mesh.Traffic.Rules;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Traffic.Xds;

/// <summary>What a rule takes, as xDS says it.</summary>
internal static class MatchCompiler
{
    /// <summary>
    /// The matches that together are the rule's, each with the prefix that it matched ("" for any path, null where there is none to take
    /// the place of). A prefix is two matches where a client knows no prefix by segments, or where it is replaced by "/", which takes
    /// another slash with it; an inverted test of a header's value may be two as well (<see cref="HeaderTests"/>).
    /// </summary>
    public static IEnumerable<(RouteMatch Match, string? Prefix)> Compile(RouteMatchSpec? match, XdsFlavour flavour, bool toRoot)
    {
        var headers = HeaderTests.Alternatives(match?.Headers ?? [], flavour);
        foreach (var (path, prefix) in Paths(match, flavour, toRoot))
        {
            foreach (var tests in headers)
            {
                var one = path.Clone();
                if (match is not null) AddConditions(match, one, tests, flavour);
                yield return (one, prefix);
            }
        }
    }

    /// <summary>Whether the rule is for a caller, or for everybody.</summary>
    /// <param name="match">What it takes.</param>
    /// <param name="namespace">Where the source is unless it says so.</param>
    /// <param name="caller">The caller's wire name; null for one that no rule names.</param>
    public static bool Concerns(RouteMatchSpec? match, string @namespace, string? caller) =>
        match?.Source is not { } source || SourceName(source, @namespace) == caller;

    /// <summary>The wire name of the caller that a rule is for.</summary>
    public static string SourceName(SourceMatchSpec source, string @namespace) =>
        XdsNames.Service(source.Namespace ?? @namespace, source.Service);

    /// <summary>Whether clients of the flavour can tell what the rule takes.</summary>
    public static bool CanTell(RouteMatchSpec? match, XdsFlavour flavour)
    {
        if (match is null) return true;
        // A gRPC call has no query and is always a POST.
        return flavour != XdsFlavour.Grpc || (match.Query is null && match.Methods?.Contains("POST") is not false);
    }

    private static IEnumerable<(RouteMatch Match, string? Prefix)> Paths(RouteMatchSpec? match, XdsFlavour flavour, bool toRoot)
    {
        if (match?.Grpc is { } grpc) return [(Call(grpc), null)];
        switch (match?.Path)
        {
            case { Exact: { } exact }: return [(new RouteMatch { Path = exact }, null)];
            case { Template: { } template }: return [(Regex(TemplatePath.Of(template).ToRegex()), null)];
            case { Regex: { } regex }: return [(Regex(regex), null)];
            case { Prefix: { } prefix } when prefix.EndsWith('/'): return [(new RouteMatch { Prefix = prefix }, prefix)];
            case { Prefix: { } prefix } when flavour == XdsFlavour.Grpc || toRoot:
                return [(new RouteMatch { Path = prefix }, prefix), (new RouteMatch { Prefix = prefix + "/" }, prefix + "/")];
            case { Prefix: { } prefix }: return [(new RouteMatch { PathSeparatedPrefix = prefix }, prefix)];
            default: return [(new RouteMatch { Prefix = "" }, "")];
        }
    }

    private static RouteMatch Call(GrpcMatchSpec grpc) => grpc switch
    {
        { Service: { } service, Method: { } method } => new RouteMatch { Path = $"/{service}/{method}" },
        { Service: { } service } => new RouteMatch { Prefix = $"/{service}/" },
        { Method: { } method } => Regex($"/[^/]+/{TemplatePath.Escape(method)}"),
        _ => new RouteMatch { Prefix = "" },
    };

    private static void AddConditions(RouteMatchSpec match, RouteMatch path, IReadOnlyList<HeaderMatcher> headers, XdsFlavour flavour)
    {
        if (match.Grpc is not null && flavour != XdsFlavour.Grpc) path.Grpc = new RouteMatch.Types.GrpcRouteMatchOptions();
        if (match.Methods is { } methods && flavour != XdsFlavour.Grpc)
        {
            var method = methods.Count == 1
                ? new StringMatcher { Exact = methods[0] }
                : new StringMatcher { SafeRegex = new RegexMatcher { Regex = string.Join('|', methods) } };
            path.Headers.Add(new HeaderMatcher { Name = ":method", StringMatch = method });
        }

        path.Headers.Add(headers);
        foreach (var parameter in match.Query ?? [])
        {
            var test = new QueryParameterMatcher { Name = parameter.Name };
            if (parameter.Present is true) test.PresentMatch = true;
            else test.StringMatch = HeaderTests.Value(parameter);
            path.QueryParameters.Add(test);
        }
    }

    private static RouteMatch Regex(string regex) => new() { SafeRegex = new RegexMatcher { Regex = regex } };
}
