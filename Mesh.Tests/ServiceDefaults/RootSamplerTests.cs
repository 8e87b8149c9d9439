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

    [Theory]
    [InlineData("")]
    [InlineData("always_on")]
    public void The_setting_of_Aspire_lifts_the_limit_and_neither_begins_traces_of_polls_nor_overrules_callers(string setting)
    {
        var sampler = RootSampler.For(setting, _time)!;
        Assert.Equal(setting == "always_on",
            Enumerable.Range(0, 2 * RootSampler.MostPerSecond)
                .Count(_ => Samples(sampler, ActivityKind.Server)) > RootSampler.MostPerSecond);
        Assert.False(Samples(sampler, ActivityKind.Client));
        Assert.False(Follows(sampler, Context(ActivityTraceFlags.None)));
        Assert.True(Follows(sampler, Context(ActivityTraceFlags.Recorded)));
    }

    [Theory]
    [InlineData("parentbased_always_on")]
    [InlineData("traceidratio")]
    public void Any_other_setting_is_left_to_OpenTelemetry(string setting) => Assert.Null(RootSampler.For(setting, _time));

    private static ActivityContext Context(ActivityTraceFlags flags) =>
        new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags);

    private static bool Samples(Sampler sampler, ActivityKind kind, params ActivityContext[] links) =>
        IsRecorded(sampler, kind, default, links);

    private static bool Follows(Sampler sampler, ActivityContext caller) => IsRecorded(sampler, ActivityKind.Server, caller, []);

    private static bool IsRecorded(Sampler sampler, ActivityKind kind, ActivityContext caller, IEnumerable<ActivityContext> links) =>
        sampler.ShouldSample(
        new SamplingParameters(caller, ActivityTraceId.CreateRandom(), "root", kind,
            links: links.Select(context => new ActivityLink(context)))).Decision == SamplingDecision.RecordAndSample;
}
