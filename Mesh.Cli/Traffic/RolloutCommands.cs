using System.CommandLine;
using Mesh.Api.Client;
using Mesh.Api.Client.Requests;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary><c>cdaprod-mesh traffic rollout start|status|advance|abort</c> (Flow step 1).</summary>
internal static class RolloutCommands
{
    public static IEnumerable<Command> All(GlobalOptions globals) => [Start(globals), Status(globals), Advance(globals), Abort(globals)];

    private static MeshCommand Start(GlobalOptions globals)
    {
        var command = new MeshCommand("start",
            "Gives a change of a service's routes to a share of its clients first. It completes by itself, or is halted by itself when "
                + "one of them refuses it.")
        {
            Examples = ["traffic rollout start --service=shop --percent=10 --bake=30s -f routes.yaml",
                "traffic rollout start --service=shop --remove-route=beta", "traffic rollout start --service=shop --policy=policy.yaml"],
        };
        var options = new TrafficOptions(globals);
        var percent = new Option<int?>("--percent")
        {
            Description = "Share of clients that get it first [default: 10]",
            HelpName = "number",
        };
        var bake = new Option<string?>("--bake")
        {
            Description = "How long all of the share must have it before everybody gets it [default: 30s]",
            HelpName = "duration",
        };
        var file = new Option<string?>("--file", "-f")
        {
            Description = "Routes as YAML or JSON, one for each document or a list of them; '-' reads standard input",
            HelpName = "file",
        };
        var remove = new Option<string[]>("--remove-route")
        {
            Description = "Name of a route that is removed; may be repeated",
            HelpName = "name",
        };
        var policy = new Option<string?>("--policy") { Description = "The traffic policy as YAML or JSON", HelpName = "file" };
        options.AddTo(command);
        foreach (var option in (ReadOnlySpan<Option>)[percent, bake, file, remove, policy]) command.Add(option);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var request = new RolloutRequest
            {
                Namespace = parsed.GetValue(options.Namespace),
                Service = parsed.GetValue(options.Service)!,
                Percent = parsed.GetValue(percent),
                Bake = parsed.GetValue(bake),
                Routes = parsed.GetValue(file) is { } path ? RouteFile.Read(path) : null,
                RemoveRoutes = parsed.GetValue(remove) is { Length: > 0 } names ? names : null,
                Policy = parsed.GetValue(policy) is { } one ? RouteFile.ReadOne(one, "policy") : null,
            };
            Tell(session, await session.Registry.Rollouts.StartAsync(request, options.WriteOptionsIn(parsed), cancellation), "started");
        });
        return command;
    }

    private static MeshCommand Status(GlobalOptions globals)
    {
        var command = new MeshCommand("status", "Shows the last rollout of each service.")
        {
            Examples = ["traffic rollout status", "traffic rollout status --service=shop -o json"],
        };
        var options = new TrafficOptions(globals);
        options.AddTo(command, required: false, writes: false);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var answer = await session.Registry.Rollouts.ListAsync(parsed.GetValue(options.Namespace), cancellation);
            var table = new Table("SERVICE", "ROLLOUT", "PHASE", "SHARE", "BAKE", "SINCE", "REFUSED BY", "BECAUSE")
            {
                WhenEmpty = "there has been no rollout",
            };
            foreach (var one in answer.Value.Items.Where(one => parsed.GetValue(options.Service) is not { } service
                || one.Service == service))
                table.Add(TrafficOptions.NameOf(one.Namespace, one.Service), one.Id, one.Phase, $"{one.Percent} %", one.Bake,
                    one.Since.ToString("u"), one.Node, one.Reason);
            session.Printer.Answer(answer.Body, table);
        });
        return command;
    }

    private static MeshCommand Advance(GlobalOptions globals)
    {
        var command = new MeshCommand("advance", "Gives a rollout to a larger share, or without --percent to all clients at once.")
        {
            Examples = ["traffic rollout advance --service=shop --percent=50", "traffic rollout advance --service=shop"],
        };
        var options = new TrafficOptions(globals);
        var percent = new Option<int?>("--percent") { Description = "The larger share [default: all]", HelpName = "number" };
        options.AddTo(command);
        command.Add(percent);
        command.Does(globals, async (session, cancellation) =>
        {
            var (service, @namespace) = (session.Parsed.GetValue(options.Service)!, session.Parsed.GetValue(options.Namespace));
            var write = options.WriteOptionsIn(session.Parsed);
            Tell(session, await session.Registry.Rollouts.AdvanceAsync(service, session.Parsed.GetValue(percent), @namespace, write,
                cancellation), "advanced");
        });
        return command;
    }

    private static MeshCommand Abort(GlobalOptions globals)
    {
        var command = new MeshCommand("abort", "Ends a rollout: all clients get what they had before.")
        {
            Examples = ["traffic rollout abort --service=shop"],
        };
        var options = new TrafficOptions(globals);
        options.AddTo(command);
        command.Does(globals, async (session, cancellation) =>
        {
            var (service, @namespace) = (session.Parsed.GetValue(options.Service)!, session.Parsed.GetValue(options.Namespace));
            Tell(session, await session.Registry.Rollouts.AbortAsync(service, @namespace, options.WriteOptionsIn(session.Parsed),
                cancellation), "aborted");
        });
        return command;
    }

    private static void Tell(Session session, ApiAnswer<TrafficWriteAnswer> written, string what)
    {
        var answer = written.Value;
        var name = TrafficOptions.NameOf(answer.Namespace, answer.Service);
        session.Printer.Answer(written.Body, answer.Changed ? $"rollout to clients of {name} {what} at sequence {answer.Sequence}"
            : $"nothing changed: it has these values already (sequence {answer.Sequence})");
    }
}
