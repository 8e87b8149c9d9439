namespace Mesh.DataPlane.Routing;

/// <summary>
/// Routes whose paths the same requests may pass, in order. Where they are many, those that want a certain value of the header that most of
/// them ask for are found by that value.
/// </summary>
internal sealed class RouteBucket
{
    private const int Many = 8;
    private readonly Entry[] _entries;
    private readonly string? _header;
    private readonly Dictionary<string, Entry[]> _byValue = new(StringComparer.Ordinal);

    public RouteBucket(IReadOnlyList<Entry> entries)
    {
        _header = entries.Count > Many ? MostAskedFor(entries) : null;
        _entries = [.. entries.Where(e => ValueOf(e.Route!, _header) is null)];
        foreach (var group in entries.Where(e => ValueOf(e.Route!, _header) is not null)
            .GroupBy(e => ValueOf(e.Route!, _header)!, StringComparer.Ordinal))
            _byValue[group.Key] = [.. group];
    }

    /// <summary>No route, and behind all of them.</summary>
    public static Entry Nothing => new(int.MaxValue, null);

    /// <summary>
    /// Puts the first of these routes that takes the request in the place of the best one so far, if it comes before that.
    /// </summary>
    public void Improve(in RequestFacts request, ref Entry best)
    {
        Improve(_entries, request, ref best);
        if (_header is null)
            return;
        if (request.Headers.Several(_header) is not { } values)
        {
            Improve(HeaderMatch.ValueOf(request, _header), request, ref best);
            return;
        }

        for (var i = 0; i < values.Count; i++)
            Improve(values[i], request, ref best);
    }

    private void Improve(string? value, in RequestFacts request, ref Entry best)
    {
        if (value is not null && _byValue.TryGetValue(value, out var entries))
            Improve(entries, request, ref best);
    }

    private static void Improve(Entry[] entries, in RequestFacts request, ref Entry best)
    {
        foreach (ref readonly var entry in entries.AsSpan())
        {
            if (entry.Position >= best.Position)
                return;
            if (!entry.Route!.Takes(request))
                continue;
            best = entry;
            return;
        }
    }

    private static string? MostAskedFor(IReadOnlyList<Entry> entries)
    {
        var most = entries.SelectMany(e => e.Route!.Headers.Where(HasOneValue).Select(h => h.Name).Distinct())
            .GroupBy(name => name, StringComparer.Ordinal).MaxBy(g => g.Count());
        return most?.Count() > Many ? most.Key : null;
    }

    /// <summary>The value without which the route does not take a request, or null where it does not ask for one.</summary>
    private static string? ValueOf(RouteSnapshot route, string? header) =>
        header is null ? null : route.Headers.FirstOrDefault(h => h.Name == header && HasOneValue(h))?.Value!.Text;

    private static bool HasOneValue(HeaderMatch match) =>
        match is { Value: { Kind: ValueMatchKind.Exact, IgnoreCase: false }, Range: null, Invert: false, MissingIsEmpty: false,
            Name: not ":path" };

    /// <summary>A route at its place in the list; none at the end of all.</summary>
    internal readonly record struct Entry(int Position, RouteSnapshot? Route);
}
