using System.Text.Json;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Traffic.Rules;

namespace Mesh.Traffic.Rollouts;

/// <summary>Reads what is to be rolled out, and brings it into normal form (Flow step 1). Finds every fault, not only the first.</summary>
internal static class RolloutReader
{
    private const int MostRoutes = 64;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromHours(24);

    /// <summary>The rollout; null where <paramref name="faults"/> has any.</summary>
    public static RolloutSpec? Read(JsonElement body, Faults faults)
    {
        if (JsonFields.Of(body, "", faults) is not { } fields) return null;
        var @namespace = Labels.Read(fields.Text("namespace"), "namespace", ServiceKey.DefaultNamespace, faults)
            ?? ServiceKey.DefaultNamespace;
        var service = Labels.Read(fields.Text("service"), "service", null, faults) ?? "";
        var percent = fields.Number("percent") ?? 10;
        if (percent is < 1 or > 100)
            faults.Add("percent", "out-of-range", $"{percent} is not a valid percentage of clients; use 1 to 100.");
        var rollout = new RolloutSpec
        {
            Namespace = @namespace,
            Service = service,
            Percent = percent,
            Bake = Checks.Duration(fields.Text("bake") ?? "30s", "bake", Shortest, Longest, faults) ?? "",
            Routes = Routes(body, fields, @namespace, service, faults),
            RemoveRoutes = Removed(fields, faults),
            Policy = fields.Object("policy") is { } policy ? PolicyReader.Read(policy, new(@namespace, service), faults) : null,
        };
        fields.End();
        if (rollout is { Routes: null, RemoveRoutes: null, Policy: null } && !faults.Any)
            faults.Add("", "missing", "Set what is rolled out: routes, removeRoutes or policy.");
        foreach (var twice in (rollout.Routes ?? []).Where(route => rollout.RemoveRoutes?.Contains(route.Name) == true))
            faults.Add("removeRoutes", "contradiction", $"Route '{twice.Name}' is both set and removed.");
        return faults.Any ? null : rollout;
    }

    private static IReadOnlyList<RouteSpec>? Routes(JsonElement body, JsonFields fields, string @namespace, string service, Faults faults)
    {
        if (fields.Objects("routes", MostRoutes) is not { Count: > 0 } items || faults.HasUnder("routes")) return null;
        var routes = new SortedDictionary<string, RouteSpec>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            var own = new Faults();
            var route = JsonFields.Of(body.GetProperty("routes")[i], "", own) is { } one ? RouteReader.Read(one, own)?.Route : null;
            if (route is not null) RouteRules.CheckWeights(route, own);
            if (own.Any) route = null;
            foreach (var fault in own.ToRefusal()?.Problems ?? [])
                faults.Add(fault.Field.Length == 0 ? $"routes[{i}]" : $"routes[{i}].{fault.Field}", fault.Code, fault.Message);
            if (route is null) continue;
            if (route.Namespace != @namespace || route.Service != service)
                faults.Add($"routes[{i}].service", "contradiction",
                    $"It is a route of {route.Namespace}/{route.Service}; a rollout is of one service, {@namespace}/{service}.");
            else if (!routes.TryAdd(route.Name, route))
                faults.Add($"routes[{i}].name", "duplicate", $"There is a route '{route.Name}' already.");
        }

        return [.. routes.Values];
    }

    private static IReadOnlyList<string>? Removed(JsonFields fields, Faults faults)
    {
        if (fields.TextList("removeRoutes", MostRoutes) is not { Count: > 0 } names) return null;
        return [
            .. names.Select(name => Labels.Read(name.Text, name.Path, null, faults)).OfType<string>().Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)];
    }
}
