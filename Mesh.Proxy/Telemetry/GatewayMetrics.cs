using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// What the gateway counts, on the meter <c>Cdaprod.Mesh.Gateway</c>. Labels are services and classes of status: bounded by the registry.
/// </summary>
internal sealed class GatewayMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Cdaprod.Mesh.Gateway";

    private static readonly string[] StatusClasses = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _again;

    public GatewayMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _duration = meter.CreateHistogram<double>("cdaprod.mesh.gateway.request.duration", "s", "From the request's head to the end of its response.");
        _again = meter.CreateCounter<long>("cdaprod.mesh.gateway.retries", "{request}", "Requests offered to a further endpoint.");
    }

    /// <summary>When a request began, for <see cref="Ended"/>; 0 while nobody asks.</summary>
    public long Begun() => _duration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>A request is over.</summary>
    public void Ended(HttpContext context, string service, long begun)
    {
        if (begun == 0)
            return;
        var status = context.Response.StatusCode / 100;
        _duration.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds,
            new KeyValuePair<string, object?>("mesh.service", service),
            new KeyValuePair<string, object?>("http.response.status_class", StatusClasses[status is >= 1 and <= 5 ? status : 0]));
    }

    /// <summary>A request is offered to a further endpoint.</summary>
    public void TriedAgain(string service) => _again.Add(1, new KeyValuePair<string, object?>("mesh.service", service));
}
