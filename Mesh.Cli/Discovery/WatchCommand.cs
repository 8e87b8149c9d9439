using System.CommandLine;
using System.Text.Json;
using Mesh.Api.Client;
using Mesh.Cli.Http;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Discovery;

/// <summary><c>cdaprod-mesh discovery watch</c>: the list now, then every change of it, until interrupted.</summary>
internal static class WatchCommand
{
    public static Command Create(GlobalOptions globals)
    {
        var command = new MeshCommand("watch", "Shows services, then every change, until interrupted.")
        {
            Examples = ["discovery watch", "discovery watch --service-name=echo", "discovery watch --all-namespaces -o json"],
        };
        var filter = new FilterOptions();
        filter.AddTo(command);
        command.Does(globals, async (session, cancellation) =>
        {
            IReadOnlyDictionary<string, string> shown = new Dictionary<string, string>();
            await ListFollower.RunAsync(session, cancellation, async (after, wait) =>
            {
                var query = filter.In(session.Parsed) with { AfterSequence = after, Wait = after is null ? null : wait };
                var answer = await session.Registry.Discovery.ListAsync(query, cancellation);
                if (answer.Value.Sequence != after)
                    shown = Show(session, answer, shown, isFirst: after is null);
                return answer.Value.Sequence;
            });
        });
        return command;
    }

    // JSON and YAML: each list whole. For people: one line for each instance that came, changed or went.
    private static Dictionary<string, string> Show(
        Session session, ApiAnswer<ServiceListAnswer> answer, IReadOnlyDictionary<string, string> before, bool isFirst)
    {
        var now = answer.Value.Items
            .SelectMany(
                service => service.Instances.Select(
                    instance => (Key: $"{ServiceTable.NameOf(service)} {instance.Id}", Text: Line(instance))))
            .ToDictionary(line => line.Key, line => line.Text);
        using var json = JsonDocument.Parse(answer.Body);
        if (session.Printer.Format != Output.OutputFormat.Table)
        {
            if (isFirst || !Same(before, now))
                session.Printer.Item(json.RootElement, "");
            return now;
        }

        foreach (var (key, text) in now)
        {
            if (!before.TryGetValue(key, out var old))
                session.Printer.Item(json.RootElement, $"+ {key} {text}");
            else if (old != text)
                session.Printer.Item(json.RootElement, $"~ {key} {text}");
        }

        foreach (var key in before.Keys.Where(key => !now.ContainsKey(key)))
            session.Printer.Item(json.RootElement, $"- {key}");
        return now;
    }

    private static bool Same(IReadOnlyDictionary<string, string> one, Dictionary<string, string> other) =>
        one.Count == other.Count && one.All(pair => other.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private static string Line(InstanceAnswer i) =>
        $"{i.Protocol} {ServiceTable.AddressOf(i)} weight "
            + $"{i.Weight}{(i.Version.Length > 0 ? $" version {i.Version}" : "")}{(i.Zone.Length > 0 ? $" zone {i.Zone}" : "")} "
            + $"{ServiceTable.StateOf(i)}";
}
