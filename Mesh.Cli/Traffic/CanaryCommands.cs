using System.CommandLine;
using System.Globalization;
using Mesh.Api.Client;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Contracts.Traffic;

namespace Mesh.Cli.Traffic;

/// <summary><c>cdaprod-mesh traffic canary start|promote|abort|status</c> (Flow step 1).</summary>
internal static class CanaryCommands
{
    public static Command Create(GlobalOptions globals) =>
        new MeshCommand("canary", "Sends a growing share of the requests to a new version while its responses are watched.")
    {
        CanaryStartCommand.Create(globals), Promote(globals), Abort(globals), Status(globals),
    };

    /// <summary>What a write has come to.</summary>
    public static string Told(DeliveryWriteAnswer answer)
    {
        var what = answer.Phase switch
        {
            "running" => $"is at step {answer.Step}, {answer.Weight} %",
            "completed" => $"is completed: all requests go to {answer.To}",
            _ => $"is aborted: all requests go to {answer.To}",
        };
        var canary = $"canary of {TrafficOptions.NameOf(answer.Namespace, answer.Service)} {what}";
        return answer.Changed
            ? $"{canary} (sequence {answer.Sequence})"
            : $"nothing changed: {canary} already (sequence {answer.Sequence})";
    }

    private static MeshCommand Promote(GlobalOptions globals)
    {
        var command = new MeshCommand("promote", "Advances a canary by hand: to the next step, to one that is named, or to its end.")
        {
            Examples = ["traffic canary promote --service=shop", "traffic canary promote --service=shop --step=3",
                "traffic canary promote --service=shop --all --reason='checked by hand'"],
        };
        var options = new TrafficOptions(globals);
        var all = new Option<bool>("--all") { Description = "To its end: the canary serves all requests" };
        var step = new Option<int?>("--step")
        {
            Description = "The step to advance to, from 1; a step that is reached already changes nothing",
            HelpName = "number",
        };
        var reason = Reason();
        options.AddTo(command);
        command.Add(all);
        command.Add(step);
        command.Add(reason);
        command.Validators.Add(result =>
        {
            if (result.GetResult(step) is not null && result.GetValue(all)) result.AddError("Use --all or --step, not both.");
        });
        command.Does(globals, async (session, cancellation) => Tell(session,
            await session.Registry.Canaries.PromoteAsync(new PromoteCanaryRequest
        {
            Namespace = session.Parsed.GetValue(options.Namespace),
            Service = session.Parsed.GetValue(options.Service)!,
            All = session.Parsed.GetValue(all) ? true : null,
            Step = session.Parsed.GetValue(step),
            Reason = session.Parsed.GetValue(reason),
        }, options.WriteOptionsIn(session.Parsed), cancellation)));
        return command;
    }

    private static MeshCommand Abort(GlobalOptions globals)
    {
        var command = new MeshCommand("abort",
            "Aborts a canary: all requests go to the stable version again. Doing it again changes nothing.")
        {
            Examples = ["traffic canary abort --service=shop", "traffic canary abort --service=shop --reason='wrong prices'"],
        };
        var options = new TrafficOptions(globals);
        var reason = Reason();
        options.AddTo(command);
        command.Add(reason);
        command.Does(globals, async (session, cancellation) => Tell(session,
            await session.Registry.Canaries.AbortAsync(new AbortCanaryRequest
        {
            Namespace = session.Parsed.GetValue(options.Namespace), Service = session.Parsed.GetValue(options.Service)!,
            Reason = session.Parsed.GetValue(reason),
        }, options.WriteOptionsIn(session.Parsed), cancellation)));
        return command;
    }

    private static MeshCommand Status(GlobalOptions globals)
    {
        var command = new MeshCommand("status", "Shows canaries: step, shares, what was seen, what they wait for.")
        {
            Examples = ["traffic canary status", "traffic canary status --service=shop", "traffic canary status --service=shop -o yaml"],
        };
        var options = new TrafficOptions(globals);
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Canaries of all namespaces" };
        options.AddTo(command, required: false, writes: false);
        command.Add(all);
        command.Does(globals, async (session, cancellation) =>
        {
            var parsed = session.Parsed;
            if (parsed.GetValue(options.Service) is { } service)
            {
                var (canary, body, _) = await session.Registry.Canaries.GetAsync(service, parsed.GetValue(options.Namespace), cancellation);
                session.Printer.Answer(body, TableOf([canary]));
                foreach (var line in History(canary)) session.Printer.Say(line);
                return;
            }

            var @namespace = parsed.GetValue(all) ? null : parsed.GetValue(options.Namespace) ?? "default";
            var answer = await session.Registry.Canaries.ListAsync(@namespace, cancellation);
            session.Printer.Answer(answer.Body, TableOf(answer.Value.Items));
        });
        return command;
    }

    private static void Tell(Session session, ApiAnswer<DeliveryWriteAnswer> answer) => session.Printer.Answer(answer.Body,
        Told(answer.Value));

    private static Option<string?> Reason() => new("--reason") { Description = "Why, for the history", HelpName = "text" };

    private static Table TableOf(IEnumerable<CanaryAnswer> canaries)
    {
        var table = new Table("SERVICE", "ROUTE", "STABLE", "CANARY", "PHASE", "STEP", "WEIGHT", "SINCE", "STABLE SEEN", "CANARY SEEN",
            "NEXT", "WHY") { WhenEmpty = "no canaries" };
        foreach (var canary in canaries)
        {
            table.Add(TrafficOptions.NameOf(canary.Namespace, canary.Service), canary.Route, canary.Stable, canary.Canary, canary.Phase,
                $"{canary.Step}/{canary.Steps?.Count}", $"{canary.Weight} %",
                Time(canary.Since), Seen(canary.Observed?.Stable), Seen(canary.Observed?.Canary), canary.Verdict, canary.Reason);
        }

        return table;
    }

    private static IEnumerable<string> History(CanaryAnswer canary) => canary.History.Select(step =>
        $"{Time(step.Time)} {step.What}, {step.Weight} %, by {step.By}{(step.Reason is null ? "" : $": {step.Reason}")}");

    private static string? Seen(ObservedLoad? load) => load is null ? null : string.Create(CultureInfo.InvariantCulture,
        $"{load.Failed}/{load.Requests} failed{(load.MeanMilliseconds is { } mean ? $", {mean:0.#} ms" : "")}");

    private static string Time(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);
}
