using System.Diagnostics;
using Mesh.Kernel.Settings;
using OpenTelemetry.Trace;

namespace Mesh.ServiceDefaults.Telemetry;

/// <summary>
/// Where a trace may begin: anywhere but at an outgoing call, and at most so many times a second. An outgoing call without a parent is a
/// probe, a heartbeat or a comparison of heads; there are thousands of them, and the server does not record them either, because the call
/// carries that decision. A busy mesh would spend a tenth of its time on spans that nobody looks at; whoever wants a request's trace
/// begins it, as the command line does, and is always followed.
/// </summary>
internal sealed class RootSampler(TimeProvider time, int mostPerSecond = RootSampler.MostPerSecond) : Sampler
{
    public const int MostPerSecond = 50;
    private readonly Lock _lock = new();
    private long _second = time.GetTimestamp();
    private int _begun;

    /// <summary>
    /// The sampler that <c>OTEL_TRACES_SAMPLER</c> asks for, or null where that is the SDK's own to make. Aspire gives <c>always_on</c> to
    /// every project that runs on a developer's machine, and taken literally it overrules callers: each look of a worker at the log's
    /// head would be a trace, and each read of the command line would take the place of the last change. So it lifts the limit and leaves
    /// the rest.
    /// </summary>
    public static Sampler? For(string? setting, TimeProvider time) => setting switch
    {
        null or "" => new ParentBasedSampler(new RootSampler(time)),
        "always_on" => new ParentBasedSampler(new RootSampler(time, int.MaxValue)),
        "always_off" or "traceidratio" or "parentbased_always_on" or "parentbased_always_off" or "parentbased_traceidratio" => null,
        _ => throw new SettingException(
            $"OTEL_TRACES_SAMPLER is '{setting}', but must be always_on, always_off, traceidratio, parentbased_always_on, "
                + "parentbased_always_off or parentbased_traceidratio."),
    };

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        // Work for many commands at once is a trace of its own that links to theirs: worth having if one of them is.
        if (samplingParameters.Links?.Any() == true)
            return Sample(samplingParameters.Links.Any(link => link.Context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)));
        return Sample(samplingParameters.Kind != ActivityKind.Client && TryBegin());
    }

    private static SamplingResult Sample(bool record) => new(record ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);

    private bool TryBegin()
    {
        lock (_lock)
        {
            if (time.GetElapsedTime(_second) >= TimeSpan.FromSeconds(1)) (_second, _begun) = (time.GetTimestamp(), 0);
            return _begun++ < mostPerSecond;
        }
    }
}
