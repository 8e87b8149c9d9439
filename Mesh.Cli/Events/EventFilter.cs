using System.CommandLine;
using Mesh.Api.Client.Requests;
using Mesh.Cli.Running;

namespace Mesh.Cli.Events;

/// <summary>Which entries of the log are shown.</summary>
internal sealed class EventFilter
{
    private readonly Option<long?> _after = new("--after")
    {
        Description = "Only those after this sequence [default: the newest]",
        HelpName = "sequence",
        CustomParser = Numbers.Long,
    };
    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "Only this stream, such as discovery/default/echo",
        HelpName = "name",
    };
    private readonly Option<string?> _type = new("--type") { Description = "Only this type of event", HelpName = "name" };
    private readonly Option<int?> _limit = new("--limit")
    {
        Description = "How many at most, for each answer [default: 20]",
        HelpName = "number",
        CustomParser = Numbers.Int,
    };

    public void AddTo(Command command)
    {
        Option[] all = [_after, _stream, _type, _limit];
        foreach (var option in all)
            command.Add(option);
    }

    public long? AfterIn(ParseResult parsed) => parsed.GetValue(_after);

    /// <summary>The question: entries after a sequence, in order; or without one the newest, newest first.</summary>
    public EventQuery In(ParseResult parsed, long? after, TimeSpan? wait) => new()
    {
        After = after,
        NewestFirst = after is null,
        Stream = parsed.GetValue(_stream),
        Type = parsed.GetValue(_type),
        Limit = parsed.GetValue(_limit) ?? 20,
        Wait = wait,
    };
}
