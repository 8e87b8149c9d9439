using System.Diagnostics.Metrics;

namespace Mesh.Kernel.Reconciling;

/// <summary>Instruments of the reconcilers, on the mesh's one meter.</summary>
internal static class ReconcilingTelemetry
{
    public static Counter<long> Visits { get; } =
        KernelTelemetry.Meter.CreateCounter<long>("cdaprod.mesh.reconciler.visits", "{visit}",
            "Visits of reconcilers, by reconciler and outcome.");

    public static Counter<long> Commands { get; } =
        KernelTelemetry.Meter.CreateCounter<long>("cdaprod.mesh.reconciler.commands", "{command}",
            "Commands sent by reconcilers and answered by a Registry.");

    public static Counter<long> Parked { get; } =
        KernelTelemetry.Meter.CreateCounter<long>("cdaprod.mesh.reconciler.parked", "{key}", "Keys parked as dead letters.");
}
