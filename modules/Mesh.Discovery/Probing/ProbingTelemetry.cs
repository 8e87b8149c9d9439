using System.Diagnostics.Metrics;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Probing.Probes;
using Mesh.Kernel;

namespace Mesh.Discovery.Probing;

/// <summary>Instruments of the worker's timers.</summary>
internal static class ProbingTelemetry
{
    private static readonly Histogram<double> Duration =
        KernelTelemetry.Meter.CreateHistogram<double>("cdaprod.mesh.probe.duration", "s", "Active health checks, by kind and outcome.");

    public static Counter<long> Resolved { get; } =
        KernelTelemetry.Meter.CreateCounter<long>("cdaprod.mesh.resolve.lookups", "{lookup}",
            "Look-ups of instances' host names, by outcome.");

    public static void Probed(HealthCheckKind kind, ProbeOutcome outcome, TimeSpan took) => Duration.Record(
        took.TotalSeconds,
        new KeyValuePair<string, object?>("kind", kind.ToString().ToLowerInvariant()),
        new KeyValuePair<string, object?>("outcome", outcome.ToString().ToLowerInvariant()));
}
