using System.CommandLine;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary><c>cdaprod-mesh traffic list-routes</c>: in the order in which they are tried.</summary>
internal static class ListRoutesCommand
{
    public static Command Create(GlobalOptions globals)
    {
        var command = new MeshCommand("list-routes", "Lists routes in the order in which they are tried.")
        {
            Examples = ["traffic list-routes", "traffic list-routes --service=shop -o yaml", "traffic list-routes --all-namespaces"],
        };
        var options = new TrafficOptions(globals);
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Routes of all namespaces" };
        options.AddTo(command, required: false, writes: false);
        command.Add(all);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var @namespace = parsed.GetValue(all) ? null : parsed.GetValue(options.Namespace) ?? "default";
            var answer = await session.Registry.Routes.ListAsync(@namespace, parsed.GetValue(options.Service), cancellation);
            session.Printer.Answer(answer.Body, TableOf(answer.Value.Items));
        });
        return command;
    }

    private static Table TableOf(IEnumerable<RouteAnswer> routes)
    {
        var table = new Table("SERVICE", "ORDER", "ROUTE", "PRIORITY", "MATCH", "TO", "UNRESOLVED") { WhenEmpty = "no routes" };
        foreach (var route in routes)
        {
            table.Add(TrafficOptions.NameOf(route.Namespace, route.Service), $"{route.Order}", route.Name, $"{route.Priority}",
                route.Match is null ? "*" : string.Join(" | ", route.Match.Select(MatchText.Write)), To(route),
                string.Join(',', route.Unresolved ?? []));
        }

        return table;
    }

    private static string To(RouteAnswer route)
    {
        if (route.Redirect is { } redirect) return $"redirect {redirect.Status}";
        if (route.DirectResponse is { } response) return $"answers {response.Status}";
        return string.Join(", ", (route.Destinations ?? []).Select(destination =>
            $"{destination.Service}{(destination.Namespace is null ? "" : "." + destination.Namespace)}{(destination.Subset is null ? ""
                : "@" + destination.Subset)} {destination.Weight}"));
    }
}
