using System.CommandLine;
using Mesh.Api.Client;
using Mesh.Api.Client.Requests;
using Mesh.Cli.Running;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary><c>cdaprod-mesh traffic route add</c> (Flow step 1).</summary>
internal static class RouteAddCommand
{
    public static Command Create(GlobalOptions globals)
    {
        var command = new MeshCommand("add", "Makes or changes a route. Doing it again changes nothing.")
        {
            Examples =
            [
                "traffic route add --service=shop --destination=shop-v2 --weight=20",
                "traffic route add --service=shop --destination=shop --subset=v1 --weight=80",
                "traffic route add --service=shop --name=beta --match='/cart header:x-user=beta' --destination=shop@v2 --priority=10",
                "traffic route add -f routes.yaml",
            ],
        };
        var options = new TrafficOptions(globals);
        var destination = new Option<string?>("--destination")
        {
            Description = "Where requests go: service[.namespace][@subset]. Without --name and --match it is added to the route 'default'",
            HelpName = "service",
        };
        var subset = new Option<string?>("--subset")
        {
            Description = "Only these instances of the destination: a named subset or a version",
            HelpName = "name",
        };
        var weight = new Option<int?>("--weight")
        {
            Description = "Share relative to the other destinations [default: 100]",
            HelpName = "number",
        };
        var name = new Option<string?>("--name")
        {
            Description = "Name of the route [default: 'default', or made from the match]",
            HelpName = "name",
        };
        var match = new Option<string[]>("--match") { Description = MatchText.Help, HelpName = "parts" };
        var priority = new Option<int?>("--priority")
        {
            Description = "Routes with a higher one are tried first [default: 0]",
            HelpName = "number",
        };
        var file = new Option<string?>("--file", "-f")
        {
            Description = "Routes as YAML or JSON, one for each document or a list of them; '-' reads standard input",
            HelpName = "file",
        };
        options.AddTo(command, "route", file, destination, destination, subset, weight, name, match, priority);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            if (parsed.GetValue(file) is { } path)
            {
                foreach (var (index, one) in RouteFile.Read(path).Index())
                    Tell(session, await session.Registry.Routes.SetAsync(one, options.WriteOptionsIn(parsed, index), cancellation));
                return;
            }

            var route = new RouteRequest
            {
                Namespace = parsed.GetValue(options.Namespace),
                Service = parsed.GetValue(options.Service)!,
                Name = parsed.GetValue(name),
                Priority = parsed.GetValue(priority),
                Match = parsed.GetValue(match) is { Length: > 0 } texts ? [.. texts.Select(MatchText.Read)] : null,
                Destinations = [new DestinationRequest { Service = parsed.GetValue(destination)!, Subset = parsed.GetValue(subset),
                    Weight = parsed.GetValue(weight) }],
            };
            Tell(session, await session.Registry.Routes.SetAsync(route, options.WriteOptionsIn(parsed), cancellation));
        });
        return command;
    }

    private static void Tell(Session session, ApiAnswer<TrafficWriteAnswer> answer) => session.Printer.Answer(answer.Body,
        Told(answer.Value));

    private static string Told(TrafficWriteAnswer answer)
    {
        var what = $"route {answer.Route} of {TrafficOptions.NameOf(answer.Namespace, answer.Service)}";
        var leads = answer.Destinations switch { null or 0 => "", 1 => ", 1 destination", var many => $", {many} destinations" };
        return answer.Changed
            ? $"{what} set at sequence {answer.Sequence}{leads}"
            : $"nothing changed: {what} has these values already (sequence {answer.Sequence})";
    }
}
