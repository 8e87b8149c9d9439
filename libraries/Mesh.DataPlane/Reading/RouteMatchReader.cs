using Google.Protobuf;
using Mesh.DataPlane.Routing;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Reading;

/// <summary>Reads what a route takes.</summary>
internal static class RouteMatchReader
{
    private static readonly MessageParser<RouteMatch> Known = RouteMatch.Parser.WithDiscardUnknownFields(true);

    public static PathMatch? Path(RouteMatch? match, string field, ResourceFaults faults)
    {
        var ignoreCase = match?.CaseSensitive is false;
        switch (match?.PathSpecifierCase)
        {
            case RouteMatch.PathSpecifierOneofCase.Prefix:
                return new PathMatch.Prefix(match.Prefix, ignoreCase);
            case RouteMatch.PathSpecifierOneofCase.Path:
                return new PathMatch.Exact(match.Path, ignoreCase);
            case RouteMatch.PathSpecifierOneofCase.PathSeparatedPrefix:
                if (!match.PathSeparatedPrefix.StartsWith('/') || match.PathSeparatedPrefix.EndsWith('/'))
                    faults.Add($"{field}.path_separated_prefix", "has to begin with a slash and not to end with one");
                return new PathMatch.Below(match.PathSeparatedPrefix, ignoreCase);
            case RouteMatch.PathSpecifierOneofCase.SafeRegex:
                return Try(() => new PathMatch.Pattern(match.SafeRegex.Regex), $"{field}.safe_regex", faults);
            default:
                faults.Add(field, "has no path, prefix or safe_regex");
                return null;
        }
    }

    public static RouteSnapshot Conditions(RouteMatch match, RouteSnapshot route, string field, ResourceFaults faults)
    {
        // A route that takes only a fraction of the requests would otherwise be read as one that takes all.
        if (match.RuntimeFraction is not null)
            faults.Add($"{field}.runtime_fraction", "is not supported; use weighted_clusters");
        // The same for what a newer control plane asks and this one cannot tell: to take a request that it would leave is worse than to
        // keep the last good routes.
        if (Known.ParseFrom(match.ToByteString()).CalculateSize() != match.CalculateSize())
            faults.Add(field, "has a condition that this data plane does not support");
        return route with
        {
            Headers = [.. match.Headers.Select((h, i) => Header(h, $"{field}.headers[{i}]", faults))],
            Query = [.. match.QueryParameters.Select((q, i) => Query(q, $"{field}.query_parameters[{i}]", faults))],
            GrpcOnly = match.Grpc is not null,
        };
    }

    public static HeaderMatch Header(HeaderMatcher header, string field, ResourceFaults faults)
    {
        var name = header.Name.ToLowerInvariant();
        if (name.Length == 0)
            faults.Add($"{field}.name", "is empty");
        return header.HeaderMatchSpecifierCase switch
        {
            // The forms that string_match has replaced.
            HeaderMatcher.HeaderMatchSpecifierOneofCase.ExactMatch => Text(ValueMatchKind.Exact, header.ExactMatch),
            HeaderMatcher.HeaderMatchSpecifierOneofCase.PrefixMatch => Text(ValueMatchKind.Prefix, header.PrefixMatch),
            HeaderMatcher.HeaderMatchSpecifierOneofCase.SuffixMatch => Text(ValueMatchKind.Suffix, header.SuffixMatch),
            HeaderMatcher.HeaderMatchSpecifierOneofCase.ContainsMatch => Text(ValueMatchKind.Contains, header.ContainsMatch),
            HeaderMatcher.HeaderMatchSpecifierOneofCase.SafeRegexMatch =>
                Of(Try(() => new ValueMatch(ValueMatchKind.Regex, header.SafeRegexMatch.Regex, false), $"{field}.safe_regex_match",
                    faults)),
            HeaderMatcher.HeaderMatchSpecifierOneofCase.StringMatch => Of(Value(header.StringMatch, $"{field}.string_match", faults)),
            HeaderMatcher.HeaderMatchSpecifierOneofCase.RangeMatch =>
                new(name, null, (header.RangeMatch.Start, header.RangeMatch.End), true, header.InvertMatch,
                    header.TreatMissingHeaderAsEmpty),
            HeaderMatcher.HeaderMatchSpecifierOneofCase.PresentMatch =>
                new(name, null, null, header.PresentMatch, header.InvertMatch, header.TreatMissingHeaderAsEmpty),
            _ => Of(null),
        };

        HeaderMatch Text(ValueMatchKind kind, string text) => Of(new ValueMatch(kind, text, false));

        HeaderMatch Of(ValueMatch? value) => new(name, value, null, true, header.InvertMatch, header.TreatMissingHeaderAsEmpty);
    }

    private static QueryMatch Query(QueryParameterMatcher query, string field, ResourceFaults faults)
    {
        if (query.Name.Length == 0)
            faults.Add($"{field}.name", "is empty");
        return query.QueryParameterMatchSpecifierCase switch
        {
            QueryParameterMatcher.QueryParameterMatchSpecifierOneofCase.StringMatch =>
                new(query.Name, Value(query.StringMatch, $"{field}.string_match", faults), true),
            QueryParameterMatcher.QueryParameterMatchSpecifierOneofCase.PresentMatch => new(query.Name, null, query.PresentMatch),
            _ => new(query.Name, null, true),
        };
    }

    private static ValueMatch? Value(StringMatcher matcher, string field, ResourceFaults faults)
    {
        switch (matcher.MatchPatternCase)
        {
            case StringMatcher.MatchPatternOneofCase.Exact:
                return new(ValueMatchKind.Exact, matcher.Exact, matcher.IgnoreCase);
            case StringMatcher.MatchPatternOneofCase.Prefix:
                return new(ValueMatchKind.Prefix, matcher.Prefix, matcher.IgnoreCase);
            case StringMatcher.MatchPatternOneofCase.Suffix:
                return new(ValueMatchKind.Suffix, matcher.Suffix, matcher.IgnoreCase);
            case StringMatcher.MatchPatternOneofCase.Contains:
                return new(ValueMatchKind.Contains, matcher.Contains, matcher.IgnoreCase);
            case StringMatcher.MatchPatternOneofCase.SafeRegex:
                return Try(() => new ValueMatch(ValueMatchKind.Regex, matcher.SafeRegex.Regex, false), $"{field}.safe_regex", faults);
            default:
                faults.Add(field, "has no pattern");
                return null;
        }
    }

    public static T? Try<T>(Func<T> read, string field, ResourceFaults faults) where T : class
    {
        try
        {
            return read();
        }
        catch (ArgumentException e)
        {
            faults.Add(field, e.Message);
            return null;
        }
    }
}
