using System.Diagnostics;
using System.Diagnostics.Metrics;
using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Configuration;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// What the gateway counts, on the meter <c>Cdaprod.Mesh.Gateway</c>. Labels are services and classes of status: bounded by the registry.
/// </summary>
internal sealed class GatewayMetrics : ICallEvents
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Cdaprod.Mesh.Gateway";

    private static readonly string[] StatusClasses = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _again;
    private readonly Counter<long> _outOfBudget;
    private readonly Counter<long> _overflow;
    private readonly Counter<long> _mirrored;
    private readonly Counter<long> _faults;
    private readonly Counter<long> _limited;
    private readonly Counter<long> _fallbacks;
    private readonly Counter<long> _unchecked;
    private readonly Counter<long> _dropped;

    public GatewayMetrics(IMeterFactory meters, ConfigState config)
    {
        var meter = meters.Create(MeterName);
        _duration = meter.CreateHistogram<double>("cdaprod.mesh.gateway.request.duration", "s",
            "From the request's head to the end of its response.");
        _again = meter.CreateCounter<long>("cdaprod.mesh.gateway.retries", "{request}", "Requests offered to a further endpoint.");
        _outOfBudget = meter.CreateCounter<long>("cdaprod.mesh.gateway.retries.exhausted", "{request}",
            "Requests that were not sent again because the budget was used up.");
        _overflow = meter.CreateCounter<long>("cdaprod.mesh.gateway.overflow", "{request}", "Requests rejected by a circuit breaker.");
        _mirrored = meter.CreateCounter<long>("cdaprod.mesh.gateway.mirrored", "{request}", "Copies of requests.");
        _faults = meter.CreateCounter<long>("cdaprod.mesh.gateway.faults", "{request}", "Injected faults.");
        _limited = meter.CreateCounter<long>("cdaprod.mesh.gateway.rate.limited", "{request}", "Requests refused by a rate limit.");
        _unchecked = meter.CreateCounter<long>("cdaprod.mesh.gateway.rate.unchecked", "{request}",
            "Requests that passed a global rate limit because no control plane could count them.");
        _fallbacks = meter.CreateCounter<long>("cdaprod.mesh.gateway.fallbacks", "{request}",
            "Requests that went to the fallback of their service.");
        _dropped = meter.CreateCounter<long>("cdaprod.mesh.gateway.dropped", "{request}",
            "Requests dropped for the control plane (drop_overloads).");
        meter.CreateObservableCounter("cdaprod.mesh.gateway.ejections", () => Ejections(config), "{endpoint}",
            "Endpoints ejected for their answers.");
    }

    /// <summary>When a request began, for <see cref="Ended"/>; 0 while nobody asks.</summary>
    public long Begun() => _duration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>A request is over.</summary>
    public void Ended(HttpContext context, string service, long begun)
    {
        if (begun == 0)
            return;
        var status = context.Response.StatusCode / 100;
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var labels = new TagList
        {
            { "mesh.service", service },
            { "http.response.status_class", StatusClasses[status is >= 1 and <= 5 ? status : 0] },
        };
        // The attribute is OpenTelemetry's.
        if (RequestEnd.ReasonOf(context) is { } reason)
            labels.Add("error.type", reason);
        _duration.Record(seconds, labels);
    }

    /// <summary>A request was not sent again because the budget was used up.</summary>
    public void OutOfBudget(string service) => _outOfBudget.Add(1, new KeyValuePair<string, object?>("mesh.service", service));

    /// <summary>A request was rejected: <c>requests</c> or <c>pending</c>.</summary>
    public void Overflowed(string service, string limit) => Count(_overflow, service, "mesh.limit", limit);

    /// <summary>A request was rejected as one of a share.</summary>
    public void Dropped(string service, string category) => Count(_dropped, service, "mesh.category", category);

    /// <summary>A copy was <c>sent</c>, <c>failed</c> or <c>skipped</c>.</summary>
    public void Mirrored(string service, string result) => Count(_mirrored, service, "mesh.result", result);

    /// <summary>A fault was put into a request: <c>delay</c> or <c>abort</c>.</summary>
    public void FaultInjected(string service, string kind) => Count(_faults, service, "mesh.fault", kind);

    /// <summary>A request passed a global rate limit because nobody could count it.</summary>
    public void RateUnchecked(string service) => _unchecked.Add(1, new KeyValuePair<string, object?>("mesh.service", service));

    /// <summary>A request went to the fallback of its service.</summary>
    public void FellBack(string service) => _fallbacks.Add(1, new KeyValuePair<string, object?>("mesh.service", service));

    /// <summary>A request was refused by a rate limit: <c>local</c> or <c>global</c>.</summary>
    public void RateLimited(string service, string scope) => Count(_limited, service, "mesh.scope", scope);

    private static void Count(Counter<long> counter, string service, string label, string value) =>
        counter.Add(1, new KeyValuePair<string, object?>("mesh.service", service), new KeyValuePair<string, object?>(label, value));

    private static IEnumerable<Measurement<long>> Ejections(ConfigState config) =>
        from cluster in config.Snapshot.Clusters.Values
        where cluster.Config.Outliers is not null
        select new Measurement<long>(cluster.State.Outliers.Ejections, new KeyValuePair<string, object?>("mesh.cluster", cluster.Name));

    /// <summary>A request is offered to a further endpoint.</summary>
    public void TriedAgain(string service) => _again.Add(1, new KeyValuePair<string, object?>("mesh.service", service));
}
