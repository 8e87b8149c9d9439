using System.Text.RegularExpressions;
using Mesh.Contracts.Traffic;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Traffic.Xds;

/// <summary>
/// Tests of headers in fields that all clients of a flavour read. gRPC's get the ones that <c>string_match</c> replaced: a library from
/// before it (C-core 1.51) refuses the whole route configuration for it, and none has dropped the old ones.
/// </summary>
internal static class HeaderTests
{
    // One alternative may become 2 to the power of this many routes. A route from before the limit may have more; these keep to what each
    // client makes of them.
    private const int MostDoubled = TrafficLimits.InvertedValues;

    /// <summary>
    /// The lists of tests of which any has to hold. An inverted test of a value holds where the header is missing. Clients disagree on
    /// that: gRPC C-core fails an inverted test of a missing header, grpc-js passes it, and Envoy's <c>treat_missing_header_as_empty</c>,
    /// which gRPC does not read, passes it unless the pattern takes the empty text. So such a test becomes two: the header is absent, or it
    /// is there and differs.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<HeaderMatcher>> Alternatives(IReadOnlyList<ValueMatchSpec> headers, XdsFlavour flavour)
    {
        List<List<HeaderMatcher>> lists = [[]];
        var doubled = 0;
        foreach (var header in headers)
        {
            var test = Test(header, flavour);
            var byMissing = header is { Invert: true, Present: null };
            if (byMissing && (flavour == XdsFlavour.Grpc || TakesEmpty(header)) && doubled++ < MostDoubled)
            {
                var absent = new HeaderMatcher { Name = header.Name, PresentMatch = true, InvertMatch = true };
                lists = [.. lists.Select(list => list.Append(absent).ToList()), .. lists.Select(list => list.Append(test).ToList())];
                continue;
            }

            if (byMissing && flavour != XdsFlavour.Grpc) test.TreatMissingHeaderAsEmpty = true;
            foreach (var list in lists) list.Add(test);
        }

        return lists;
    }

    /// <summary>A test of a text.</summary>
    public static StringMatcher Value(ValueMatchSpec value) => value switch
    {
        { Exact: { } exact } => new StringMatcher { Exact = exact },
        { Prefix: { } prefix } => new StringMatcher { Prefix = prefix },
        { Suffix: { } suffix } => new StringMatcher { Suffix = suffix },
        _ => new StringMatcher { SafeRegex = new RegexMatcher { Regex = value.Regex ?? "" } },
    };

    private static HeaderMatcher Test(ValueMatchSpec header, XdsFlavour flavour)
    {
        var test = new HeaderMatcher { Name = header.Name, InvertMatch = header.Invert is true };
        if (header.Present is true) test.PresentMatch = true;
        else if (flavour != XdsFlavour.Grpc) test.StringMatch = Value(header);
        else if (header.Exact is { } exact) test.ExactMatch = exact;
        else if (header.Prefix is { } prefix) test.PrefixMatch = prefix;
        else if (header.Suffix is { } suffix) test.SuffixMatch = suffix;
        else test.SafeRegexMatch = new RegexMatcher { Regex = header.Regex ?? "" };
        return test;
    }

    private static bool TakesEmpty(ValueMatchSpec header) =>
        header is { Exact: "" }
            || (header.Regex is { } regex
                && Regex.IsMatch("", $"^(?:{regex})\\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
}
