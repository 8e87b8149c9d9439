using System.CommandLine;
using System.Text.Json;
using Mesh.Cli.Http;
using Mesh.Cli.Output;
using Mesh.Cli.Running;
using Mesh.Contracts.Rest;

namespace Mesh.Cli.Events;

/// <summary><c>cdaprod-mesh events list|tail</c>: the log, which is the history of everything.</summary>
internal static class EventCommands
{
    public static Command Create(GlobalOptions globals) =>
        new MeshCommand("events", "The log: every change of the mesh, in order.") { List(globals), Tail(globals) };

    private static MeshCommand List(GlobalOptions globals)
    {
        var command = new MeshCommand("list", "Lists the newest events, or those after a sequence.")
        {
            Examples = ["events list", "events list --after=0 --limit=100", "events list --stream=discovery/default/echo -o json"],
        };
        var filter = new EventFilter();
        filter.AddTo(command);
        command.Does(globals, async (session, cancellation) =>
        {
            var after = filter.AfterIn(session.Parsed);
            var answer = await session.Registry.Log.ListEventsAsync(filter.In(session.Parsed, after, wait: null), cancellation);
            var items = answer.Value.Items;
            var table = new Table("SEQUENCE", "TIME", "EVENT", "STREAM", "ACTOR") { WhenEmpty = "no events" };
            foreach (var entry in after is null ? items.Reverse() : items)
                table.Add(entry.Sequence.ToString(), TimeOf(entry), ShortType(entry.Type), entry.Stream, entry.Actor);
            session.Printer.Answer(answer.Body, table);
        });
        return command;
    }

    private static MeshCommand Tail(GlobalOptions globals)
    {
        var command = new MeshCommand("tail", "Shows the newest events, then each new one, until interrupted.")
        {
            Examples = ["events tail", "events tail --type=cdaprod.mesh.discovery.service-registered.v1", "events tail --after=0 -o json"],
        };
        var filter = new EventFilter();
        filter.AddTo(command);
        command.Does(globals, async (session, cancellation) =>
        {
            var start = filter.AfterIn(session.Parsed);
            await ListFollower.RunAsync(session, cancellation, async (position, wait) =>
            {
                // The first answer comes at once: the newest ones, or all that there are after the place to start from.
                var newest = position is null && start is null;
                var query = filter.In(session.Parsed, position ?? start, position is null ? null : wait);
                var answer = await session.Registry.Log.ListEventsAsync(query, cancellation);
                using var json = JsonDocument.Parse(answer.Body);
                var found = answer.Value.Items.Zip(json.RootElement.GetProperty("items").EnumerateArray());
                foreach (var (entry, element) in newest ? found.Reverse() : found)
                    session.Printer.Item(element,
                        $"{entry.Sequence}  {TimeOf(entry)}  {ShortType(entry.Type)}  {entry.Stream}  {entry.Actor}");
                return answer.Value.Next;
            });
        });
        return command;
    }

    private static string TimeOf(EventAnswer entry) => entry.Time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.fff");

    // cdaprod.mesh.discovery.service-registered.v1 → discovery.service-registered
    private static string ShortType(string type)
    {
        const string Prefix = "cdaprod.mesh.";
        var shorter = type.StartsWith(Prefix, StringComparison.Ordinal) ? type[Prefix.Length..] : type;
        var dot = shorter.LastIndexOf(".v", StringComparison.Ordinal);
        return dot > 0 && shorter.EndsWith(".v1", StringComparison.Ordinal) ? shorter[..dot] : shorter;
    }
}
