using System.Globalization;

namespace Mesh.DataPlane.Routing;

/// <summary>A test of one header: <c>envoy.config.route.v3.HeaderMatcher</c>.</summary>
/// <param name="Name">The header, lower case; <c>:method</c> and <c>:path</c> are taken from the request line.</param>
/// <param name="Value">The test of its value, or null to ask only whether it is there.</param>
/// <param name="Range">From (in) and to (out), for a value that is a whole number; or null.</param>
/// <param name="Present">Without test of the value: whether it has to be there or to be absent.</param>
/// <param name="Invert">Whether the request passes when the test fails.</param>
/// <param name="MissingIsEmpty">Whether an absent header counts as an empty one.</param>
public sealed record HeaderMatch(string Name, ValueMatch? Value, (long From, long To)? Range, bool Present, bool Invert,
    bool MissingIsEmpty)
{
    /// <summary>Whether the request passes.</summary>
    public bool Matches(in RequestFacts request)
    {
        // The path alone is not a text of its own yet, and need not become one.
        if (Name == ":path")
            return Matches(true, request.Path);
        // Of several lines each counts: joined, a value that a rule names would be hidden by any other one.
        if ((Value is not null || Range is not null) && request.Headers.Several(Name) is { } values)
            return PassesOne(values) != Invert;
        var value = ValueOf(request, Name);
        return Matches(value is not null, value);
    }

    /// <summary>A header's value, or the method's; null when it is absent.</summary>
    internal static string? ValueOf(in RequestFacts request, string name) => name == ":method" ? request.Method : request.Headers.Get(name);

    private bool Matches(bool present, ReadOnlySpan<char> value)
    {
        present |= MissingIsEmpty;
        if (Value is null && Range is null)
            return (present == Present) != Invert;

        // An absent header fails the test and is not turned into a pass by inversion.
        return present && Passes(value) != Invert;
    }

    private bool PassesOne(IReadOnlyList<string> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (Passes(values[i]))
                return true;
        }

        return false;
    }

    private bool Passes(ReadOnlySpan<char> value)
    {
        if (Range is not { } range)
            return Value!.Matches(value);
        return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= range.From && number < range.To;
    }
}
