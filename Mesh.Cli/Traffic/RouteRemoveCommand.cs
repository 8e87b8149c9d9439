using System.CommandLine;
using Mesh.Cli.Running;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary><c>cdaprod-mesh traffic route remove</c> (Flow step 1).</summary>
internal static class RouteRemoveCommand
{
    public static Command Create(GlobalOptions globals)
    {
        var command = new MeshCommand("remove", "Removes a route, or a destination of the route 'default'. Doing it again changes nothing.")
        {
            Examples = ["traffic route remove --service=shop --destination=shop-v2", "traffic route remove --service=shop --name=beta"],
        };
        var options = new TrafficOptions(globals);
        var destination = new Option<string?>("--destination")
        {
            Description = "Destination of the route 'default': service[.namespace][@subset]; the last one removes the route",
            HelpName = "service",
        };
        var subset = new Option<string?>("--subset") { Description = "Subset of the destination", HelpName = "name" };
        var name = new Option<string?>("--name") { Description = "Name of the route", HelpName = "name" };
        options.AddTo(command);
        command.Add(destination);
        command.Add(subset);
        command.Add(name);
        command.Validators.Add(result =>
        {
            if (result.GetResult(destination) is null == result.GetResult(name) is null) result.AddError("Use --destination or --name.");
            if (result.GetResult(subset) is not null && result.GetResult(destination) is null)
                result.AddError("--subset is one of a --destination.");
        });
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var to = parsed.GetValue(subset) is { } part ? $"{parsed.GetValue(destination)}@{part}" : parsed.GetValue(destination);
            var (service, @namespace, write) = (parsed.GetValue(options.Service)!, parsed.GetValue(options.Namespace),
                options.WriteOptionsIn(parsed));
            var answer = parsed.GetValue(name) is { } route
                ? await session.Registry.Routes.RemoveAsync(service, route, @namespace, write, cancellation)
                : await session.Registry.Routes.RemoveDestinationAsync(service, to!, @namespace, write, cancellation);
            session.Printer.Answer(answer.Body, Told(answer.Value, to));
        });
        return command;
    }

    private static string Told(TrafficWriteAnswer answer, string? destination)
    {
        var route = $"route {answer.Route} of {TrafficOptions.NameOf(answer.Namespace, answer.Service)}";
        if (!answer.Changed) return destination is null
            ? $"nothing changed: there is no {route} (sequence {answer.Sequence})"
            : $"nothing changed: {destination} is not a destination of {route} (sequence {answer.Sequence}); 'list-routes' shows which "
                + "are, and --subset names one of a subset";
        return answer.Destinations is > 0
            ? $"{destination} removed from {route} at sequence {answer.Sequence}; {answer.Destinations} left"
            : $"{route} removed at sequence {answer.Sequence}";
    }
}
