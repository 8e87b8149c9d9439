using System.CommandLine;
using System.Text.Json;
using Mesh.Cli.Http;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary><c>cdaprod-mesh traffic rollout start|status|advance|abort</c> (Flow step 1).</summary>
internal static class RolloutCommands
{
    private const string Rollouts = "/api/traffic/rollouts";

    public static IEnumerable<Command> All(GlobalOptions globals) => [Start(globals), Status(globals), Advance(globals), Abort(globals)];

    private static MeshCommand Start(GlobalOptions globals)
    {
        var command = new MeshCommand("start", "Gives a change of a service's routes to a share of its clients first. It completes by itself, or is halted by itself when one of them refuses it.")
        {
            Examples = ["traffic rollout start --service=shop --percent=10 --bake=30s -f routes.yaml", "traffic rollout start --service=shop --remove-route=beta", "traffic rollout start --service=shop --policy=policy.yaml"],
        };
        var options = new TrafficOptions(globals);
        var percent = new Option<int?>("--percent") { Description = "Share of clients that get it first [default: 10]", HelpName = "number" };
        var bake = new Option<string?>("--bake") { Description = "How long all of the share must have it before everybody gets it [default: 30s]", HelpName = "duration" };
        var file = new Option<string?>("--file", "-f") { Description = "Routes as YAML or JSON, one for each document or a list of them; '-' reads standard input", HelpName = "file" };
        var remove = new Option<string[]>("--remove-route") { Description = "Name of a route that is removed; may be repeated", HelpName = "name" };
        var policy = new Option<string?>("--policy") { Description = "The traffic policy as YAML or JSON", HelpName = "file" };
        options.AddTo(command);
        foreach (var option in (ReadOnlySpan<Option>)[percent, bake, file, remove, policy]) command.Add(option);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var body = JsonSerializer.SerializeToElement(new RolloutRequest
            {
                Namespace = parsed.GetValue(options.Namespace),
                Service = parsed.GetValue(options.Service)!,
                Percent = parsed.GetValue(percent),
                Bake = parsed.GetValue(bake),
                Routes = parsed.GetValue(file) is { } path ? RouteFile.Read(path) : null,
                RemoveRoutes = parsed.GetValue(remove) is { Length: > 0 } names ? names : null,
                Policy = parsed.GetValue(policy) is { } one ? RouteFile.ReadOne(one, "policy") : null,
            }, TrafficCliJson.Default.RolloutRequest);
            var reply = await session.Client.PostAsync(Query.At(session.Location.Registry, Rollouts), body, TrafficCliJson.Default.JsonElement, options.HeadersIn(parsed), cancellation);
            Tell(session, reply, "started");
        });
        return command;
    }

    private static MeshCommand Status(GlobalOptions globals)
    {
        var command = new MeshCommand("status", "Shows the last rollout of each service.") { Examples = ["traffic rollout status", "traffic rollout status --service=shop -o json"] };
        var options = new TrafficOptions(globals);
        options.AddTo(command, required: false, writes: false);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            var reply = await session.Client.GetAsync(Query.At(session.Location.Registry, Rollouts, ("namespace", parsed.GetValue(options.Namespace))), cancellation);
            var table = new Table("SERVICE", "ROLLOUT", "PHASE", "SHARE", "BAKE", "SINCE", "REFUSED BY", "BECAUSE") { WhenEmpty = "there has been no rollout" };
            foreach (var one in reply.As(TrafficJson.Default.RolloutListAnswer).Items.Where(one => parsed.GetValue(options.Service) is not { } service || one.Service == service))
                table.Add(TrafficOptions.NameOf(one.Namespace, one.Service), one.Id, one.Phase, $"{one.Percent} %", one.Bake, one.Since.ToString("u"), one.Node, one.Reason);
            session.Printer.Answer(reply.Body, table);
        });
        return command;
    }

    private static MeshCommand Advance(GlobalOptions globals)
    {
        var command = new MeshCommand("advance", "Gives a rollout to a larger share, or without --percent to all clients at once.") { Examples = ["traffic rollout advance --service=shop --percent=50", "traffic rollout advance --service=shop"] };
        var options = new TrafficOptions(globals);
        var percent = new Option<int?>("--percent") { Description = "The larger share [default: all]", HelpName = "number" };
        options.AddTo(command);
        command.Add(percent);
        command.Does(globals, async (session, cancellation) =>
        {
            var body = new RolloutAdvance(session.Parsed.GetValue(percent));
            Tell(session, await session.Client.PostAsync(At(session, options, "advance"), body, TrafficJson.Default.RolloutAdvance, options.HeadersIn(session.Parsed), cancellation), "advanced");
        });
        return command;
    }

    private static MeshCommand Abort(GlobalOptions globals)
    {
        var command = new MeshCommand("abort", "Ends a rollout: all clients get what they had before.") { Examples = ["traffic rollout abort --service=shop"] };
        var options = new TrafficOptions(globals);
        options.AddTo(command);
        command.Does(globals, async (session, cancellation) => Tell(session,
            await session.Client.PostAsync(At(session, options, "abort"), new RolloutAdvance(null), TrafficJson.Default.RolloutAdvance, options.HeadersIn(session.Parsed), cancellation), "aborted"));
        return command;
    }

    private static Uri At(Session session, TrafficOptions options, string verb) => Query.At(
        session.Location.Registry, $"{Rollouts}/{Uri.EscapeDataString(session.Parsed.GetValue(options.Service)!)}/{verb}", ("namespace", session.Parsed.GetValue(options.Namespace)));

    private static void Tell(Session session, Reply reply, string what)
    {
        var answer = reply.As(TrafficJson.Default.TrafficWriteAnswer);
        var name = TrafficOptions.NameOf(answer.Namespace, answer.Service);
        session.Printer.Answer(reply.Body, answer.Changed ? $"rollout to clients of {name} {what} at sequence {answer.Sequence}" : $"nothing changed: it has these values already (sequence {answer.Sequence})");
    }
}

/// <summary>Body of <c>traffic rollout start</c>; what is unset is left to the mesh.</summary>
internal sealed record RolloutRequest
{
    public string? Namespace { get; init; }

    public required string Service { get; init; }

    public int? Percent { get; init; }

    public string? Bake { get; init; }

    public IReadOnlyList<JsonElement>? Routes { get; init; }

    public IReadOnlyList<string>? RemoveRoutes { get; init; }

    public JsonElement? Policy { get; init; }
}
