using System.Diagnostics;
using Mesh.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry.Trace;

namespace Mesh.Tests.ServiceDefaults;

public class RootSamplerTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_busy_host_begins_so_many_traces_a_second_and_no_more()
    {
        var sampler = new RootSampler(_time);
        Assert.Equal(RootSampler.MostPerSecond, Enumerable.Range(0, 10_000).Count(_ => Samples(sampler, ActivityKind.Server)));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Samples(sampler, ActivityKind.Server));
    }

    [Fact]
    public void An_outgoing_call_out_of_nothing_begins_no_trace() => Assert.False(Samples(new RootSampler(_time), ActivityKind.Client));

    [Fact]
    public void Work_for_many_commands_is_recorded_if_one_of_them_is_however_busy_the_host()
    {
        var sampler = new RootSampler(_time);
        while (Samples(sampler, ActivityKind.Server))
        {
        }

        Assert.True(Samples(sampler, ActivityKind.Internal, Context(ActivityTraceFlags.None), Context(ActivityTraceFlags.Recorded)));
        Assert.False(Samples(sampler, ActivityKind.Internal, Context(ActivityTraceFlags.None)));
    }

    private static ActivityContext Context(ActivityTraceFlags flags) => new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags);

    private static bool Samples(RootSampler sampler, ActivityKind kind, params ActivityContext[] links) => sampler.ShouldSample(
        new SamplingParameters(default, ActivityTraceId.CreateRandom(), "root", kind, links: links.Select(context => new ActivityLink(context)))).Decision == SamplingDecision.RecordAndSample;
}
