using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Mesh.Kernel;

/// <summary>Spans and instruments of the kernel.</summary>
public static class KernelTelemetry
{
    /// <summary>Source <c>Cdaprod.Mesh.Kernel</c>.</summary>
    public static ActivitySource Source { get; } = new("Cdaprod.Mesh.Kernel");

    /// <summary>
    /// The meter's name, also for instruments that read an object: those are made by the host's <see cref="IMeterFactory"/>, and end with
    /// the host.
    /// </summary>
    public const string MeterName = "Cdaprod.Mesh";

    /// <summary>Meter <c>Cdaprod.Mesh</c>, for instruments that live as long as the process.</summary>
    public static Meter Meter { get; } = new(MeterName);

    internal static Counter<long> Commands { get; } = Meter.CreateCounter<long>("cdaprod.mesh.commands", "{command}",
        "Commands decided, by outcome.");

    internal static Histogram<double> CommitDuration { get; } = Meter.CreateHistogram<double>("cdaprod.mesh.log.commit", "s",
        "Durable append of one batch.");

    internal static Histogram<int> BatchSize { get; } = Meter.CreateHistogram<int>("cdaprod.mesh.log.batch", "{command}",
        "Commands in one group commit.");
}
