using System.Text.Json;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Tests.Traffic.Support;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.Delivery.State;
using Mesh.Traffic.Rules;

namespace Mesh.Tests.Traffic.Delivery;

/// <summary>A log with a service in two versions, and what deliveries do to it.</summary>
internal sealed class DeliveryLog
{
    public const string Canary = """{"service":"shop","stable":"shop@v1","canary":"shop@v2","steps":[10,50],"bakeTime":"1m"}""";

    public static readonly ServiceKey Shop = new("default", "shop");

    public DeliveryLog(bool instances = true)
    {
        if (!instances) return;
        foreach (var version in (string[])["v1", "v2", "v3"])
            Log.Register($$"""{"name":"shop","url":"http://10.0.0.{{version[1]}}:80","version":"{{version}}"}""");
    }

    public TrafficLog Log { get; } = new();

    public DeliveryState? Delivery => Log.Traffic.Find(Shop)?.Delivery;

    public CanaryState State => Delivery!.Canary!;

    /// <summary>The destinations of the route, such as <c>shop@v1 90, shop@v2 10</c>; null where there is none.</summary>
    public string? Leads(string route = "default") =>
        Log.Traffic.Find(Shop)?.Routes.GetValueOrDefault(route)?.Spec.Destinations is { } to
            ? string.Join(", ", to.Select(one => $"{one.Service}{(one.Subset is null ? "" : "@" + one.Subset)} {one.Weight}"))
            : null;

    public Decision Start(string json = Canary) => Log.Send(StartOf(json));

    public Decision Promote(int? step = null, bool all = false) => Log.Send(new AdvanceCanary(Shop) { Step = step, All = all });

    public Decision Advance(long canary, int step) =>
        Log.Send(new AdvanceCanary(Shop) { Guard = new CanaryGuard(canary, step), Reason = "well" });

    public Decision Abort(CanaryGuard? guard = null) => Log.Send(new AbortCanary(Shop) { Guard = guard, Reason = "wrong" });

    public Decision Switch(string to, string route = "default") =>
        Log.Send(new SwitchBlueGreen(new() { Service = "shop", To = to, Route = route }));

    public Decision RollBack() => Log.Send(new RollBackBlueGreen(Shop));

    public static StartCanary StartOf(string json)
    {
        var faults = new Faults();
        return Read(json, faults) is { } command
            ? command
            : throw new InvalidOperationException(string.Join("; ", faults.ToRefusal()!.Problems));
    }

    public static StartCanary? Read(string json, Faults faults)
    {
        using var document = JsonDocument.Parse(json);
        return JsonFields.Of(document.RootElement, "", faults) is { } fields && DeliveryReader.Canary(fields, faults) is { } canary
            ? new StartCanary(canary)
            : null;
    }

    public static DeliveryAnswer Answer(Decision decision) => (DeliveryAnswer)decision.Answer!;

    /// <summary>What it is refused with: kind and code of the first problem.</summary>
    public static (RefusalKind Kind, string Code) Refused(Decision decision) => (decision.Refusal!.Kind, decision.Refusal.Problems[0].Code);
}
