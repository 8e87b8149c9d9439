using System.CommandLine;
using System.Globalization;
using Mesh.Cli.Http;
using Mesh.Cli.Running;

namespace Mesh.Cli.Events;

/// <summary>Which entries of the log are shown.</summary>
internal sealed class EventFilter
{
    private readonly Option<long?> _after = new("--after") { Description = "Only those after this sequence [default: the newest]", HelpName = "sequence", CustomParser = Numbers.Long };
    private readonly Option<string?> _stream = new("--stream") { Description = "Only this stream, such as discovery/default/echo", HelpName = "name" };
    private readonly Option<string?> _type = new("--type") { Description = "Only this type of event", HelpName = "name" };
    private readonly Option<int?> _limit = new("--limit") { Description = "How many at most, for each answer [default: 20]", HelpName = "number", CustomParser = Numbers.Int };

    public void AddTo(Command command)
    {
        Option[] all = [_after, _stream, _type, _limit];
        foreach (var option in all)
            command.Add(option);
    }

    public long? AfterIn(ParseResult parsed) => parsed.GetValue(_after);

    /// <summary>The question: entries after a sequence, in order; or without one the newest, newest first.</summary>
    public Uri Uri(Session session, long? after, TimeSpan? wait) =>
        Query.At(
            session.Location.Registry,
            "/api/v1/events",
            ("after", after?.ToString(CultureInfo.InvariantCulture)),
            ("order", after is null ? "desc" : null),
            ("stream", session.Parsed.GetValue(_stream)),
            ("type", session.Parsed.GetValue(_type)),
            ("limit", (session.Parsed.GetValue(_limit) ?? 20).ToString(CultureInfo.InvariantCulture)),
            ("wait", wait is { } time ? $"{time.TotalSeconds:0}s" : null));
}
