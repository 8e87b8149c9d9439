using Mesh.DataPlane.Routing;
using RouteConfiguration = Mesh.Xds.Protos.RouteConfiguration;

namespace Mesh.DataPlane.Reading;

/// <summary>A route configuration as read.</summary>
/// <param name="Hosts">Its virtual hosts.</param>
/// <param name="Clusters">The clusters its routes name, each once.</param>
internal sealed record RouteTable(VirtualHostTable Hosts, IReadOnlyCollection<string> Clusters);

/// <summary>Reads a route configuration with its virtual hosts.</summary>
internal static class RouteReader
{
    public static RouteTable Read(RouteConfiguration config, Faults faults)
    {
        var hosts = new List<VirtualHost>();
        var domains = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < config.VirtualHosts.Count; i++)
        {
            var host = config.VirtualHosts[i];
            var at = $"virtual_hosts[{i}]";
            if (host.Domains.Count == 0)
                faults.Add($"{at}.domains", "is empty");
            foreach (var domain in host.Domains)
            {
                if (domain.Length == 0 || domain.Trim('*').Contains('*') || (domain.Length > 1 && domain[0] == '*' && domain[^1] == '*'))
                    faults.Add($"{at}.domains", $"'{domain}' is no domain: a wildcard stands at its beginning or its end");
                else if (!domains.Add(domain))
                    faults.Add($"{at}.domains", $"'{domain}' is named twice");
            }

            var routes = new List<RouteSnapshot>(host.Routes.Count);
            for (var r = 0; r < host.Routes.Count; r++)
            {
                var field = $"{at}.routes[{r}]";
                var path = RouteMatchReader.Path(host.Routes[r].Match, $"{field}.match", faults);
                var action = RouteActionReader.Read(host.Routes[r], field, faults);
                if (path is null || action is null)
                    continue;
                routes.Add(RouteMatchReader.Conditions(host.Routes[r].Match, new(host.Routes[r].Name, path, action), $"{field}.match", faults));
            }

            hosts.Add(new VirtualHost(host.Name, [.. host.Domains], routes));
        }

        var clusters = hosts.SelectMany(h => h.Routes).Select(r => r.Action).OfType<RouteAction.Forward>().SelectMany(f => f.Targets.All);
        return new RouteTable(new VirtualHostTable(hosts), clusters.Select(t => t.Cluster).Distinct().ToArray());
    }
}
