using System.Diagnostics;
using Mesh.ControlPlane.Telemetry;
using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;

namespace Mesh.Tests.ControlPlane;

/// <summary>Which trace the work for several entries belongs to.</summary>
public sealed class BatchTraceTests : IDisposable
{
    private const string Recorded = "01", NotRecorded = "00";
    private readonly string _one = ActivityTraceId.CreateRandom().ToHexString(), _other = ActivityTraceId.CreateRandom().ToHexString();
    private readonly ActivityListener _listener = new()
    {
        ShouldListenTo = source => source.Name is "Cdaprod.Mesh.ControlPlane" or "Cdaprod.Mesh.Kernel",
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
    };

    public BatchTraceTests() => ActivitySource.AddActivityListener(_listener);

    public void Dispose() => _listener.Dispose();

    [Fact]
    public void A_command_that_comes_with_others_that_nobody_traces_keeps_its_trace()
    {
        var entries = Entries((_other, NotRecorded), (_one, Recorded), (null, ""));
        using var compile = ControlPlaneTracing.Compile(entries, 3);
        using var apply = ReplicaMetrics.StartSpan(entries, DateTimeOffset.UnixEpoch);
        Assert.Equal((_one, _one), (compile!.TraceId.ToHexString(), apply!.TraceId.ToHexString()));
        Assert.Empty(compile.Links.Concat(apply.Links));
    }

    [Fact]
    public void A_command_and_what_answers_it_are_one_trace()
    {
        using var compile = ControlPlaneTracing.Compile(Entries((_one, Recorded), (_one, Recorded)), 2);
        Assert.Equal(_one, compile!.TraceId.ToHexString());
        Assert.NotEqual(compile.ParentSpanId, Assert.Single(compile.Links).Context.SpanId);
    }

    [Fact]
    public void Work_for_two_traces_is_a_trace_of_its_own_that_links_to_both()
    {
        using var compile = ControlPlaneTracing.Compile(Entries((_one, Recorded), (_other, Recorded)), 2);
        Assert.Null(compile!.ParentId);
        Assert.Equal([_one, _other], compile.Links.Select(link => link.Context.TraceId.ToHexString()));
    }

    [Fact]
    public void What_nobody_traces_has_no_span()
    {
        var entries = Entries((_one, NotRecorded), (null, ""));
        Assert.Null(ControlPlaneTracing.Compile(entries, 2));
        Assert.Null(ReplicaMetrics.StartSpan(entries, DateTimeOffset.UnixEpoch));
    }

    private static LogEntry[] Entries(params (string? Trace, string Flags)[] traces) =>
        [.. traces.Select(
            trace => Entry() with
            {
                TraceParent = trace.Trace is null ? null : $"00-{trace.Trace}-{ActivitySpanId.CreateRandom()}-{trace.Flags}",
            })];

    private static LogEntry Entry() => new()
    {
        Log = default!,
        Sequence = 1,
        Stream = "any",
        StreamVersion = 1,
        EventId = Guid.CreateVersion7(),
        Type = "any.v1",
        Time = DateTimeOffset.UnixEpoch,
        Actor = "user:test",
        CommandId = Guid.CreateVersion7(),
        Index = 0,
        Count = 1,
        Data = default,
        DataHash = default,
        Hash = default,
    };
}
