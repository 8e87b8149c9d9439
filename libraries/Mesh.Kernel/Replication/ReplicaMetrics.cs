using System.Diagnostics;
using System.Diagnostics.Metrics;
using Mesh.Kernel.Log;

namespace Mesh.Kernel.Replication;

/// <summary>Spans and instruments of replicas.</summary>
internal static class ReplicaMetrics
{
    private const int MostLinks = 64;
    private static readonly Counter<long> Offered = KernelTelemetry.Meter.CreateCounter<long>("cdaprod.mesh.replica.received", "{entry}",
        "Entries received, by feed and outcome.");
    private static readonly Histogram<double> Delay = KernelTelemetry.Meter.CreateHistogram<double>("cdaprod.mesh.replica.delay", "s",
        "From the newest applied entry's time to its being applied (two machines' clocks).");

    public static Counter<long> Discards { get; } = KernelTelemetry.Meter.CreateCounter<long>("cdaprod.mesh.replica.discards", "{state}",
        "States discarded because the log is another one.");

    public static Counter<long> GapsFilled { get; } = KernelTelemetry.Meter.CreateCounter<long>("cdaprod.mesh.replica.gaps", "{gap}",
        "Times that missing entries were fetched from a Registry.");

    public static void Watch(IMeshReplica replica, IMeterFactory meters)
    {
        var meter = meters.Create(KernelTelemetry.MeterName);
        meter.CreateObservableGauge("cdaprod.mesh.replica.sequence", () => replica.Status.Sequence, "{entry}",
            "The sequence of the replica's state.");
        meter.CreateObservableGauge("cdaprod.mesh.replica.lag", () => replica.Status.Lag, "{entry}",
            "Entries that the replica knows of and has not applied.");
    }

    public static void Took(string feed, Offer offer) =>
        Offered.Add(1, new KeyValuePair<string, object?>("feed", feed), new("outcome", offer switch
    {
        Offer.New => "new",
        Offer.Known => "known",
        Offer.Foreign => "foreign",
        Offer.Stale => "stale",
        _ => "conflict",
    }));

    public static void Applied(IReadOnlyList<LogEntry> entries, DateTimeOffset now) =>
        Delay.Record(Math.Max(0, (now - entries[^1].Time).TotalSeconds));

    /// <summary>One span for what is applied together: child of the first traced command, linked to the others.</summary>
    public static Activity? StartSpan(IReadOnlyList<LogEntry> entries, DateTimeOffset begun)
    {
        if (!KernelTelemetry.Source.HasListeners()) return null;
        var contexts = entries.Select(entry => entry.TraceParent).OfType<string>().Distinct()
            .Select(text => ActivityContext.TryParse(text, null, isRemote: true, out var context) ? context : default)
            .Where(context => context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)).Take(MostLinks).ToArray();
        if (contexts.Length == 0) return null;
        return KernelTelemetry.Source.StartActivity("replica apply", ActivityKind.Consumer, contexts[0],
            [new("mesh.sequence", entries[^1].Sequence), new("mesh.entries", entries.Count)],
            contexts.Skip(1).Select(context => new ActivityLink(context)), begun);
    }
}
