namespace Mesh.DataPlane.Routing;

/// <summary>A test of one query parameter: <c>envoy.config.route.v3.QueryParameterMatcher</c>. Values are compared as sent, undecoded.</summary>
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
            var name = equals < 0 ? pair : pair[..equals];
            if (name.SequenceEqual(Name))
                return Value is null ? Present : Value.Matches(equals < 0 ? [] : pair[(equals + 1)..]);
        }

        return Value is null && !Present;
    }
}
