namespace Mesh.DataPlane.Routing;

/// <summary>Routes under the domains they serve.</summary>
/// <param name="name">Its name.</param>
/// <param name="domains">Exact names, <c>*.suffix</c>, <c>prefix.*</c> or <c>*</c>.</param>
/// <param name="routes">Its routes; the first that takes a request has it.</param>
public sealed class VirtualHost(string name, IReadOnlyList<string> domains, IReadOnlyList<RouteSnapshot> routes)
{
    // A few routes are asked faster one by one than looked up.
    private const int Few = 4;
    private readonly RouteIndex? _index = routes.Count > Few ? new RouteIndex(routes) : null;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Exact names, <c>*.suffix</c>, <c>prefix.*</c> or <c>*</c>.</summary>
    public IReadOnlyList<string> Domains => domains;

    /// <summary>Its routes, in order.</summary>
    public IReadOnlyList<RouteSnapshot> Routes => routes;

    /// <summary>The first route that takes the request, or null.</summary>
    public RouteSnapshot? Route(in RequestFacts request)
    {
        if (_index is not null)
            return _index.Find(request);
        for (var i = 0; i < routes.Count; i++)
        {
            if (routes[i].Takes(request))
                return routes[i];
        }

        return null;
    }
}

/// <summary>
/// Finds the virtual host of a domain as xDS orders it: the exact name, then the longest suffix wildcard (<c>*.mesh</c>), then the longest
/// prefix wildcard (<c>shop.*</c>), then <c>*</c>. A wildcard stands for at least one character.
/// </summary>
public sealed class VirtualHostTable
{
    private readonly Dictionary<string, VirtualHost> _exact = new(StringComparer.OrdinalIgnoreCase);
    private readonly (string Text, VirtualHost Host)[] _suffixes;
    private readonly (string Text, VirtualHost Host)[] _prefixes;
    private readonly VirtualHost? _any;
    private readonly VirtualHost? _only;

    /// <summary>A table of these hosts; the reader has made sure that no domain is named twice.</summary>
    public VirtualHostTable(IReadOnlyList<VirtualHost> hosts)
    {
        Hosts = hosts;
        var suffixes = new List<(string Text, VirtualHost Host)>();
        var prefixes = new List<(string Text, VirtualHost Host)>();
        foreach (var host in hosts)
        {
            foreach (var domain in host.Domains)
            {
                if (domain == "*")
                    _any = host;
                else if (domain.StartsWith('*'))
                    suffixes.Add((domain[1..], host));
                else if (domain.EndsWith('*'))
                    prefixes.Add((domain[..^1], host));
                else
                    _exact[domain] = host;
            }
        }

        _suffixes = [.. suffixes.OrderByDescending(s => s.Text.Length)];
        _prefixes = [.. prefixes.OrderByDescending(p => p.Text.Length)];
        _only = hosts.Count == 1 && _any is not null ? _any : null;
    }

    /// <summary>All virtual hosts.</summary>
    public IReadOnlyList<VirtualHost> Hosts { get; }

    /// <summary>The virtual host of a domain, or null. Case does not count.</summary>
    public VirtualHost? Find(ReadOnlySpan<char> domain)
    {
        if (_only is not null)
            return _only;
        if (_exact.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(domain, out var exact))
            return exact;

        foreach (var (text, host) in _suffixes)
        {
            if (domain.Length > text.Length && domain.EndsWith(text, StringComparison.OrdinalIgnoreCase))
                return host;
        }

        foreach (var (text, host) in _prefixes)
        {
            if (domain.Length > text.Length && domain.StartsWith(text, StringComparison.OrdinalIgnoreCase))
                return host;
        }

        return _any;
    }
}
