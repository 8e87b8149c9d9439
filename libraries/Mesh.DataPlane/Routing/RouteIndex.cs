namespace Mesh.DataPlane.Routing;

/// <summary>
/// Finds the first route of a list that takes a request without asking each: exact paths by one look into a dictionary, prefixes by one for
/// each length that there is, and only regular expressions one after the other. What it finds is what asking each in turn would find.
/// </summary>
internal sealed class RouteIndex
{
    private readonly RouteBucket _rest;
    private readonly PathTable _exact;
    private readonly PathTable _exactAnyCase;

    // By length, so that a path is looked for no further than it is long.
    private readonly (int Length, PathTable Table)[] _prefixes;
    private readonly (int Length, PathTable Table)[] _prefixesAnyCase;

    public RouteIndex(IReadOnlyList<RouteSnapshot> routes)
    {
        var rest = new List<RouteBucket.Entry>();
        var exact = new PathTable.Builder(StringComparer.Ordinal);
        var exactAnyCase = new PathTable.Builder(StringComparer.OrdinalIgnoreCase);
        var prefixes = new SortedDictionary<int, PathTable.Builder>();
        var prefixesAnyCase = new SortedDictionary<int, PathTable.Builder>();
        for (var i = 0; i < routes.Count; i++)
        {
            var entry = new RouteBucket.Entry(i, routes[i]);
            switch (routes[i].Path)
            {
                case PathMatch.Exact path:
                    (path.IgnoreCase ? exactAnyCase : exact).Add(path.Text, entry);
                    break;
                case PathMatch.Prefix path:
                    Of(path.Text.Length, path.IgnoreCase).Add(path.Text, entry);
                    break;
                case PathMatch.Below path:
                    Of(path.Text.Length, path.IgnoreCase).Add(path.Text, entry);
                    break;
                default:
                    rest.Add(entry);
                    break;
            }
        }

        _rest = new RouteBucket(rest);
        (_exact, _exactAnyCase) = (exact.Build(), exactAnyCase.Build());
        _prefixes = [.. prefixes.Select(p => (p.Key, p.Value.Build()))];
        _prefixesAnyCase = [.. prefixesAnyCase.Select(p => (p.Key, p.Value.Build()))];

        PathTable.Builder Of(int length, bool ignoreCase)
        {
            var tables = ignoreCase ? prefixesAnyCase : prefixes;
            if (!tables.TryGetValue(length, out var table))
                tables[length] = table = new(ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
            return table;
        }
    }

    /// <summary>The first route that takes the request, or null.</summary>
    public RouteSnapshot? Find(in RequestFacts request)
    {
        var best = RouteBucket.Nothing;
        _exact.Find(request.Path)?.Improve(request, ref best);
        _exactAnyCase.Find(request.Path)?.Improve(request, ref best);
        Improve(_prefixes, request, ref best);
        Improve(_prefixesAnyCase, request, ref best);
        _rest.Improve(request, ref best);
        return best.Route;
    }

    private static void Improve((int Length, PathTable Table)[] prefixes, in RequestFacts request, ref RouteBucket.Entry best)
    {
        foreach (var (length, table) in prefixes)
        {
            if (length > request.Path.Length)
                return;
            // A table that begins behind the best one so far cannot have a better one.
            if (table.First < best.Position)
                table.Find(request.Path[..length])?.Improve(request, ref best);
        }
    }

    /// <summary>Routes by a text of their path.</summary>
    private sealed class PathTable
    {
        private readonly Dictionary<string, RouteBucket> _buckets;
        private readonly Dictionary<string, RouteBucket>.AlternateLookup<ReadOnlySpan<char>> _lookup;

        private PathTable(Dictionary<string, RouteBucket> buckets, int first)
        {
            (_buckets, First) = (buckets, first);
            _lookup = buckets.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        /// <summary>The position of its first route.</summary>
        public int First { get; }

        public RouteBucket? Find(ReadOnlySpan<char> text) =>
            _buckets.Count > 0 && _lookup.TryGetValue(text, out var bucket) ? bucket : null;

        public sealed class Builder(StringComparer comparer)
        {
            private readonly Dictionary<string, List<RouteBucket.Entry>> _entries = new(comparer);
            private int _first = int.MaxValue;

            public void Add(string text, RouteBucket.Entry entry)
            {
                if (!_entries.TryGetValue(text, out var entries))
                    _entries[text] = entries = [];
                entries.Add(entry);
                _first = Math.Min(_first, entry.Position);
            }

            public PathTable Build() => new(_entries.ToDictionary(e => e.Key, e => new RouteBucket(e.Value), comparer), _first);
        }
    }
}
