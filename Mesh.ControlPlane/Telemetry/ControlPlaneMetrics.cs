using System.Diagnostics.Metrics;

namespace Mesh.ControlPlane.Telemetry;

/// <summary>The control plane's instruments, on the meter <c>Cdaprod.Mesh.ControlPlane</c>.</summary>
internal static class ControlPlaneMetrics
{
    private static readonly Meter Meter = new("Cdaprod.Mesh.ControlPlane");

    private static readonly InstrumentAdvice<double> Seconds =
        new() { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] };

    /// <summary>From the time an entry was written to the ACK of a response that delivers it.</summary>
    public static readonly Histogram<double> CommandToAck = Meter.CreateHistogram(
        "cdaprod.mesh.command_to_ack", "s", "Time from a log entry to a client's ACK of the response that delivers it",
        advice: Seconds);

    public static readonly Histogram<double> Compile = Meter.CreateHistogram(
        "cdaprod.mesh.xds.compile", "s", "Time to compile one change", advice: Seconds);

    public static readonly Counter<long> Pushes = Meter.CreateCounter<long>("cdaprod.mesh.xds.pushes", "{response}",
        "Responses sent to clients");

    public static readonly Counter<long> Nacks = Meter.CreateCounter<long>("cdaprod.mesh.xds.nacks", "{response}",
        "Responses refused by clients");

    public static readonly UpDownCounter<long> Streams = Meter.CreateUpDownCounter<long>("cdaprod.mesh.xds.streams", "{stream}",
        "Open ADS streams");

    public static readonly UpDownCounter<long> LoadStreams = Meter.CreateUpDownCounter<long>("cdaprod.mesh.load.streams", "{stream}",
        "Open load-reporting streams");

    /// <summary>Results that waited too long for Redis.</summary>
    public static readonly Counter<long> LoadsDropped =
        Meter.CreateCounter<long>("cdaprod.mesh.load.dropped", "{request}", "Reported requests that could not be recorded");

    private static readonly Counter<long> LoadRequests =
        Meter.CreateCounter<long>("cdaprod.mesh.load.requests", "{request}",
            "Requests that clients report, by outcome: succeeded, failed, or never sent");

    private static readonly Counter<long> LoadsRefused =
        Meter.CreateCounter<long>("cdaprod.mesh.load.refused", "{cluster}", "Clusters in reports that were refused");

    /// <summary>A report was read.</summary>
    /// <param name="succeeded">Requests of it that succeeded.</param>
    /// <param name="failed">Those that failed.</param>
    /// <param name="notSent">Those that were never sent.</param>
    /// <param name="refused">Clusters of it that were refused.</param>
    public static void CountLoads(long succeeded, long failed, long notSent, int refused)
    {
        LoadRequests.Add(succeeded, new KeyValuePair<string, object?>("outcome", "succeeded"));
        LoadRequests.Add(failed, new KeyValuePair<string, object?>("outcome", "failed"));
        LoadRequests.Add(notSent, new KeyValuePair<string, object?>("outcome", "not_sent"));
        LoadsRefused.Add(refused);
    }
}
