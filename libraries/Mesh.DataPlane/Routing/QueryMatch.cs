namespace Mesh.DataPlane.Routing;

/// <summary>
/// A test of one query parameter: <c>envoy.config.route.v3.QueryParameterMatcher</c>. Name and value are compared as sent and as servers
/// decode them, and of several parameters of the name each counts: no rule is passed by a spelling.
/// </summary>
/// <param name="Name">The parameter.</param>
/// <param name="Value">The test of its value, or null to ask only whether it is there.</param>
/// <param name="Present">Without test of the value: whether it has to be there or to be absent.</param>
public sealed record QueryMatch(string Name, ValueMatch? Value, bool Present)
{
    /// <summary>Whether the query passes.</summary>
    public bool Matches(ReadOnlySpan<char> query)
    {
        foreach (var part in query.Split('&'))
        {
            var pair = query[part];
            var equals = pair.IndexOf('=');
            if (!IsName(equals < 0 ? pair : pair[..equals]))
                continue;
            if (Value is null)
                return Present;
            if (Passes(equals < 0 ? [] : pair[(equals + 1)..]))
                return true;
        }

        return Value is null && !Present;
    }

    private bool IsName(ReadOnlySpan<char> sent) => sent.SequenceEqual(Name) || (IsEncoded(sent) && Decoded(sent) == Name);

    private bool Passes(ReadOnlySpan<char> sent) => Value!.Matches(sent) || (IsEncoded(sent) && Value.Matches(Decoded(sent)));

    private static bool IsEncoded(ReadOnlySpan<char> sent) => sent.ContainsAny('%', '+');

    // As forms are read: a plus sign is a space. Once, as servers do.
    private static string Decoded(ReadOnlySpan<char> sent) => Uri.UnescapeDataString(sent.ToString().Replace('+', ' '));
}
