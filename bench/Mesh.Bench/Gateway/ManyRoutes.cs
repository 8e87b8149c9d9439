using System.Globalization;
using System.Text;

namespace Mesh.Bench.Gateway;

/// <summary>
/// The same table of routes for every proxy: half of them exact paths, half prefixes, all to one upstream, below <c>/routes-N</c>, which is
/// cut off. What is asked for is taken by the last prefix.
/// </summary>
internal sealed record ManyRoutes(int Count)
{
    public string Service => string.Create(CultureInfo.InvariantCulture, $"routes-{Count}");

    public string LatePath => $"/{Service}{Prefixes[^1]}/x";

    private string[] Exact =>
        [.. Enumerable.Range(0, Count / 2).Select(i => string.Create(CultureInfo.InvariantCulture, $"/exact/{i:0000}"))];

    private string[] Prefixes =>
        [.. Enumerable.Range(0, Count - (Count / 2)).Select(i => string.Create(CultureInfo.InvariantCulture, $"/prefix/{i:0000}"))];

    /// <summary>Bodies for <c>POST /api/traffic/routes</c>.</summary>
    public IEnumerable<object> Declarations =>
        Exact.Select(path => Declare(path, new { exact = path })).Concat(Prefixes.Select(path => Declare(path, new { prefix = path })));

    /// <summary>As nginx's locations.</summary>
    public string Locations(string upstream)
    {
        var text = new StringBuilder();
        foreach (var path in Exact) Location($"= /{Service}{path}", path);
        foreach (var path in Prefixes) Location($"/{Service}{path}/", path + "/");
        return text.ToString();

        void Location(string match, string sent) =>
            text.Append(CultureInfo.InvariantCulture,
                $"location {match} {{ proxy_pass http://{upstream}{sent}; proxy_http_version 1.1; proxy_set_header Connection ''; }}\n");
    }

    /// <summary>As lines of the two maps by which haproxy finds a backend.</summary>
    public (string Exact, string Prefixes) Maps(string backend) =>
        (string.Concat(Exact.Select(path => $"/{Service}{path} {backend}\n")),
            string.Concat(Prefixes.Select(path => $"/{Service}{path}/ {backend}\n")));

    private object Declare(string path, object match) =>
        new { service = Service, name = path[1..].Replace('/', '-'), match = new[] { new { path = match } },
            destinations = new[] { new { service = Service } } };
}
