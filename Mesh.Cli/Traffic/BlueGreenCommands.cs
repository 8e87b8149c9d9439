using System.CommandLine;
using System.Globalization;
using Mesh.Api.Client.Requests;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary><c>cdaprod-mesh traffic blue-green switch|rollback|status</c> (Flow step 1).</summary>
internal static class BlueGreenCommands
{
    public static Command Create(GlobalOptions globals) =>
        new MeshCommand("blue-green", "Sends all requests to another version at once, and back.")
    {
        Switch(globals), RollBack(globals), Status(globals),
    };

    private static MeshCommand Switch(GlobalOptions globals)
    {
        var command = new MeshCommand("switch", "Sends all requests of a route elsewhere at once. Doing it again changes nothing.")
        {
            Examples = ["traffic blue-green switch --service=shop --to=shop@green",
                "traffic blue-green switch --service=shop --route=checkout --to=shop-next"],
        };
        var options = new TrafficOptions(globals);
        var to = new Option<string>("--to")
        {
            Description = "Where they go: service[.namespace][@subset]",
            HelpName = "service",
            Required = true,
        };
        var route = new Option<string?>("--route") { Description = "The route [default: default]", HelpName = "name" };
        options.AddTo(command);
        command.Add(to);
        command.Add(route);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var wish = new BlueGreenRequest
            {
                Namespace = parsed.GetValue(options.Namespace),
                Service = parsed.GetValue(options.Service)!,
                Route = parsed.GetValue(route),
                To = parsed.GetValue(to)!,
            };
            var answer = await session.Registry.BlueGreen.SwitchAsync(wish, options.WriteOptionsIn(parsed), cancellation);
            session.Printer.Answer(answer.Body, Told(answer.Value));
        });
        return command;
    }

    private static MeshCommand RollBack(GlobalOptions globals)
    {
        var command = new MeshCommand("rollback",
            "Rolls the last switch back: requests go where they went before it. Doing it again changes nothing.")
        {
            Examples = ["traffic blue-green rollback --service=shop"],
        };
        var options = new TrafficOptions(globals);
        options.AddTo(command);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var whose = new RollBackRequest { Namespace = parsed.GetValue(options.Namespace), Service = parsed.GetValue(options.Service)! };
            var answer = await session.Registry.BlueGreen.RollBackAsync(whose, options.WriteOptionsIn(parsed), cancellation);
            session.Printer.Answer(answer.Body, Told(answer.Value));
        });
        return command;
    }

    private static MeshCommand Status(GlobalOptions globals)
    {
        var command = new MeshCommand("status", "Shows the last switch of each service, and where a rollback leads.")
        {
            Examples = ["traffic blue-green status", "traffic blue-green status --service=shop -o json"],
        };
        var options = new TrafficOptions(globals);
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Switches of all namespaces" };
        options.AddTo(command, required: false, writes: false);
        command.Add(all);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            if (parsed.GetValue(options.Service) is { } service)
            {
                var one = await session.Registry.BlueGreen.GetAsync(service, parsed.GetValue(options.Namespace), cancellation);
                session.Printer.Answer(one.Body, TableOf([one.Value]));
                return;
            }

            var @namespace = parsed.GetValue(all) ? null : parsed.GetValue(options.Namespace) ?? "default";
            var answer = await session.Registry.BlueGreen.ListAsync(@namespace, cancellation);
            session.Printer.Answer(answer.Body, TableOf(answer.Value.Items));
        });
        return command;
    }

    private static string Told(DeliveryWriteAnswer answer)
    {
        var where = $"requests to {TrafficOptions.NameOf(answer.Namespace, answer.Service)} go to {answer.To ?? "where they went before"}";
        return answer.Changed
            ? $"{answer.Phase}: {where} (sequence {answer.Sequence})"
            : $"nothing changed: {where} already (sequence {answer.Sequence})";
    }

    private static Table TableOf(IEnumerable<BlueGreenAnswer> switches)
    {
        var table = new Table("SERVICE", "ROUTE", "TO", "BEFORE", "PHASE", "SINCE", "BY") { WhenEmpty = "no switches" };
        foreach (var one in switches)
        {
            table.Add(TrafficOptions.NameOf(one.Namespace, one.Service), one.Route, one.To,
                one.Before is null
                    ? one.Service
                    : string.Join(", ",
                        one.Before.Select(
                            to => $"{to.Service}{(to.Namespace is null ? "" : "." + to.Namespace)}{(to.Subset is null ? ""
                                : "@" + to.Subset)} {to.Weight}")),
                one.Phase, one.Since.ToString("u", CultureInfo.InvariantCulture), one.By);
        }

        return table;
    }
}
