using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;

namespace Mesh.Traffic.Rules;

/// <summary>
/// Reads canaries and blue-green switches and brings them into normal form, with all fields set (Flow step 1). Finds every fault, not only
/// the first.
/// </summary>
public static class DeliveryReader
{
    private static readonly TimeSpan ShortestBake = TimeSpan.FromSeconds(1), LongestBake = TimeSpan.FromHours(168);

    /// <summary>The canary; null where <paramref name="faults"/> has any.</summary>
    public static CanarySpec? Canary(JsonFields fields, Faults faults)
    {
        var (key, route) = Target(fields, faults);
        var stable = fields.NonEmpty("stable") is { } served ? DestinationText.Read(served, key.Namespace, "stable", faults) : null;
        var tried = DestinationText.Read(fields.Text("canary"), key.Namespace, "canary", faults);
        var canary = new CanarySpec
        {
            Namespace = key.Namespace,
            Service = key.Name,
            Route = route,
            Stable = stable is { } known ? DestinationText.Write(known, key.Namespace) : null,
            Canary = tried is { } to ? DestinationText.Write(to, key.Namespace) : "",
            Steps = Steps(fields, faults),
            BakeTime = Checks.Duration(fields.Text("bakeTime"), "bakeTime", ShortestBake, LongestBake, faults) ?? "5m",
            Success = Success(fields.Object("success"), faults),
        };
        fields.End();
        return faults.Any ? null : canary;
    }

    /// <summary>The switch; null where <paramref name="faults"/> has any.</summary>
    public static BlueGreenSpec? BlueGreen(JsonFields fields, Faults faults)
    {
        var (key, route) = Target(fields, faults);
        var to = DestinationText.Read(fields.Text("to"), key.Namespace, "to", faults);
        fields.End();
        return faults.Any || to is not { } there ? null
            : new BlueGreenSpec { Namespace = key.Namespace, Service = key.Name, Route = route, To = DestinationText.Write(there,
                key.Namespace) };
    }

    /// <summary>Whom a request is about that names a service and its namespace; null with a fault.</summary>
    public static ServiceKey? Key(JsonFields fields, Faults faults) => ServiceKey.Of(
        Labels.Read(fields.Text("namespace"), "namespace", ServiceKey.DefaultNamespace, faults), Labels.Read(fields.Text("service"),
            "service", null, faults));

    /// <summary>Why somebody does by hand what they do; null where unset.</summary>
    public static string? Reason(string? text, Faults faults)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (text.Length > TrafficLimits.ReasonLength)
            faults.Add("reason", "too-long", $"It has {text.Length} characters; at most {TrafficLimits.ReasonLength} are allowed.");
        return text;
    }

    private static (ServiceKey Key, string Route) Target(JsonFields fields, Faults faults)
    {
        var @namespace = Labels.Read(fields.Text("namespace"), "namespace", ServiceKey.DefaultNamespace, faults)
            ?? ServiceKey.DefaultNamespace;
        var service = Labels.Read(fields.Text("service"), "service", null, faults) ?? "";
        return (new ServiceKey(@namespace, service), Labels.Read(fields.Text("route"), "route", "default", faults) ?? "");
    }

    private static IReadOnlyList<int> Steps(JsonFields fields, Faults faults)
    {
        if (fields.Numbers("steps", TrafficLimits.CanarySteps) is not { } said) return [5, 25, 50, 100];
        var steps = new List<int>();
        foreach (var (step, path) in said)
        {
            if (step is < 1 or > 100) faults.Add(path, "out-of-range", $"{step} is out of bounds; a share is 1 to 100 percent.");
            else if (steps.Count > 0 && step <= steps[^1])
                faults.Add(path, "not-rising", $"{step} is not more than the {steps[^1]} before it.");
            else steps.Add(step);
        }

        if (said.Count == 0 && !faults.HasUnder("steps"))
            faults.Add("steps", "empty", "Set at least one step, or leave out 'steps' for 5, 25, 50 and 100.");
        if (steps.Count > 0 && steps[^1] < 100) steps.Add(100);
        return steps;
    }

    private static CanarySuccessSpec Success(JsonFields? fields, Faults faults)
    {
        if (fields is null) return new CanarySuccessSpec { MaxErrorPercent = 1, MinRequests = 100 };
        var errors = fields.Decimal("maxErrorPercent");
        var ratio = fields.Decimal("maxLatencyRatio");
        if (ratio is < 1 or > 100)
            faults.Add(fields.PathTo("maxLatencyRatio"), "out-of-range",
                $"{ratio} is out of bounds; it is 1 to 100 times the stable one's.");
        var success = new CanarySuccessSpec
        {
            MaxErrorPercent = errors is null ? 1 : Checks.Percent(errors, fields.PathTo("maxErrorPercent"), faults),
            MaxMeanLatency = Checks.Duration(fields.Text("maxMeanLatency"), fields.PathTo("maxMeanLatency"), TimeSpan.FromMilliseconds(1),
                TimeSpan.FromHours(1), faults),
            MaxLatencyRatio = ratio,
            MinRequests = Checks.Number(fields.Number("minRequests"), fields.PathTo("minRequests"), 1, 1_000_000, "a number of requests",
                faults) ?? 100,
        };
        fields.End();
        return success;
    }
}
