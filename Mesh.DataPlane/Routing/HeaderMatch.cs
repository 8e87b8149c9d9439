using System.Globalization;

namespace Mesh.DataPlane.Routing;

/// <summary>A test of one header: <c>envoy.config.route.v3.HeaderMatcher</c>.</summary>
/// <param name="Name">The header, lower case; <c>:method</c> and <c>:path</c> are taken from the request line.</param>
/// <param name="Value">The test of its value, or null to ask only whether it is there.</param>
/// <param name="Range">From (in) and to (out), for a value that is a whole number; or null.</param>
/// <param name="Present">Without test of the value: whether it has to be there or to be absent.</param>
/// <param name="Invert">Whether the request passes when the test fails.</param>
/// <param name="MissingIsEmpty">Whether an absent header counts as an empty one.</param>
public sealed record HeaderMatch(string Name, ValueMatch? Value, (long From, long To)? Range, bool Present, bool Invert, bool MissingIsEmpty)
{
    /// <summary>Whether the request passes.</summary>
    public bool Matches(in RequestFacts request)
    {
        var value = Name switch
        {
            ":method" => request.Method,
            ":path" => request.Path.ToString(),
            _ => request.Headers.Get(Name),
        };
        value ??= MissingIsEmpty ? "" : null;

        if (Value is null && Range is null)
            return (value is not null == Present) != Invert;

        // An absent header fails the test and is not turned into a pass by inversion.
        return value is not null && Passes(value) != Invert;
    }

    private bool Passes(string value)
    {
        if (Range is not { } range)
            return Value!.Matches(value);
        return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= range.From && number < range.To;
    }
}
