using Mesh.LocalHosting.Traces;

namespace Mesh.Tests.LocalHosting;

public sealed class TraceStoreTests
{
    private readonly TraceStore _store = new(mostTraces: 3);

    [Fact]
    public void A_stage_that_links_to_a_command_shows_under_it()
    {
        _store.Add([Span("command", "a", null, 1), Span("command", "b", "a", 2)]);
        _store.Add([Span("batch", "relay", null, 3, ("command", "b")), Span("batch", "produce", "relay", 4)]);
        _store.Add([Span("compile", "compile", null, 5, ("batch", "produce"))]);
        var spans = _store.Last(null)!.Spans;
        Assert.Equal(["a", "b", "relay", "produce", "compile"], spans.Select(span => span.SpanId));
        Assert.Equal([null, "a", "b", "relay", "produce"], spans.Select(span => span.ParentSpanId));
    }

    [Fact]
    public void The_last_trace_is_one_that_stands_for_itself()
    {
        _store.Add([Span("command", "a", null, 1)]);
        _store.Add([Span("batch", "relay", null, 9, ("command", "a"))]);
        Assert.Equal("command", _store.Last(null)!.TraceId);
    }

    [Fact]
    public void The_last_trace_can_be_asked_for_by_what_it_began_with()
    {
        _store.Add([Span("one", "POST /register", null, 1)]);
        _store.Add([Span("two", "GET /services", null, 2)]);
        Assert.Equal("one", _store.Last("/REGISTER")!.TraceId);
        Assert.Null(_store.Last("/nothing"));
    }

    [Fact]
    public void The_oldest_traces_go_first()
    {
        foreach (var i in Enumerable.Range(0, 5))
            _store.Add([Span($"t{i}", $"s{i}", null, i)]);
        Assert.Null(_store.Find("t1"));
        Assert.NotNull(_store.Find("t2"));
    }

    [Fact]
    public void Traces_that_link_to_each_other_come_to_an_end()
    {
        _store.Add([Span("one", "a", null, 1, ("two", "b")), Span("two", "b", null, 2, ("one", "a"))]);
        Assert.Equal(2, _store.Find("one")!.Spans.Count);
    }

    private static SpanRecord Span(string trace, string id, string? parent, int at, params (string Trace, string Span)[] links) => new(
        id, parent, trace, id, "test", DateTimeOffset.UnixEpoch.AddSeconds(at), 1, new Dictionary<string, string>(), [.. links.Select(l => new SpanLink(l.Trace, l.Span))], "unset", null);
}
