using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Mesh.ServiceDefaults.Telemetry;

/// <summary>
/// Where a trace may begin: anywhere but at an outgoing call, and at most <see cref="MostPerSecond"/> times a second. Such a call out of nothing is a probe, a heartbeat
/// or a comparison of heads; there are thousands of them, and the other side leaves them out too because it is told so. A busy mesh
/// would spend a tenth of its time on spans of requests that nobody asks for; whoever wants a request's trace begins it, as the command line does,
/// and is always followed.
/// </summary>
internal sealed class RootSampler(TimeProvider time) : Sampler
{
    public const int MostPerSecond = 50;
    private readonly Lock _lock = new();
    private long _second = time.GetTimestamp();
    private int _begun;

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
            return _begun++ < MostPerSecond;
        }
    }
}
