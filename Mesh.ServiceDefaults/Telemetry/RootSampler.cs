using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Mesh.ServiceDefaults.Telemetry;

/// <summary>
/// Where a trace may begin: anywhere but at an outgoing call. Such a call out of nothing is a probe, a heartbeat or a comparison of
/// heads; there are thousands of them, and the other side leaves them out too because it is told so.
/// </summary>
internal sealed class RootSampler : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Kind == ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
}
