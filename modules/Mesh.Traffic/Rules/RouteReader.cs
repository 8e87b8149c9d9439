using System.Security.Cryptography;
using System.Text;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;

namespace Mesh.Traffic.Rules;

/// <summary>
/// Reads a route and brings it into normal form (Flow step 1): what is equal in meaning is equal as JSON. Finds every fault, not only the
/// first.
/// </summary>
public static class RouteReader
{
    /// <summary>The route; null where <paramref name="faults"/> has any.</summary>
    public static RouteDemand? Read(JsonFields fields, Faults faults)
    {
        var @namespace = Labels.Read(fields.Text("namespace"), "namespace", ServiceKey.DefaultNamespace, faults)
            ?? ServiceKey.DefaultNamespace;
        var service = Labels.Read(fields.Text("service"), "service", null, faults);
        var said = fields.Text("name");
        var name = string.IsNullOrEmpty(said) ? null : Labels.Read(said, "name", null, faults);
        var priority = Checks.Number(fields.Number("priority"), "priority", -TrafficLimits.Priority, TrafficLimits.Priority, "a priority",
            faults);
        var match = MatchReader.Read(fields, @namespace, faults);
        var destinations = Destinations(fields, @namespace, faults);
        var timeout = Checks.Duration(fields.Text("timeout"), "timeout", TimeSpan.Zero, ActionReader.Longest, faults);
        var route = new RouteSpec
        {
            Namespace = @namespace,
            Service = service ?? "",
            Name = name ?? (match is null ? "default" : NameOf(match, priority ?? 0)),
            Priority = priority ?? 0,
            Match = match,
            Destinations = destinations,
            Redirect = ActionReader.Redirect(fields.Object("redirect"), faults),
            DirectResponse = ActionReader.DirectResponse(fields.Object("directResponse"), faults),
            Timeout = timeout == "0s" ? null : timeout,
            Retry = ActionReader.Retry(fields.Object("retry"), faults),
            Rewrite = ActionReader.Rewrite(fields.Object("rewrite"), faults),
            Headers = HeaderReader.Read(fields.Object("headers"), faults),
            Mirror = Mirrors(fields, @namespace, faults),
            Fault = ActionReader.Fault(fields.Object("fault"), faults),
            Hash = HeaderReader.Hash(fields, faults),
        };
        fields.End();
        RouteRules.Check(route, faults);
        var plain = route with { Destinations = null } == new RouteSpec { Namespace = @namespace, Service = route.Service };
        var demand = new RouteDemand(route, OnlyDestinations: plain && name is null && priority is null && destinations is not null);
        // What is put beside others is looked at together with them.
        if (!demand.OnlyDestinations) RouteRules.CheckWeights(route, faults);
        return faults.Any ? null : demand;
    }

    /// <summary>The name of a route that has none of its own: the same match and priority again is the same route.</summary>
    private static string NameOf(IReadOnlyList<RouteMatchSpec> match, int priority)
    {
        var text = $"{priority}\n{string.Join('\n', match.Select(MatchReader.Text))}";
        return $"m-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12]}";
    }

    private static IReadOnlyList<DestinationSpec>? Destinations(JsonFields route, string @namespace, Faults faults)
    {
        if (route.Objects("destinations", TrafficLimits.Destinations) is not { } items) return null;
        var read = new SortedDictionary<string, DestinationSpec>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            var destination = DestinationText.Read(item, @namespace, faults);
            var weight = Checks.Number(item.Number("weight"), item.PathTo("weight"), 0, TrafficLimits.Weight, "a weight", faults);
            item.End();
            if (destination is not { } to) continue;
            if (!read.TryAdd(to.Cluster,
                new DestinationSpec
                {
                    Service = to.Service.Name,
                    Namespace = Unless(to.Service.Namespace, @namespace),
                    Subset = to.Subset,
                    Weight = weight ?? 100,
                }))
                faults.Add(item.Path, "duplicate", $"'{to.Cluster}' is a destination already; list it once, with the sum of the weights.");
        }

        if (items.Count == 0)
            faults.Add("destinations", "empty",
                "A route without destinations leads nowhere: name one, or leave 'destinations' out beside redirect or directResponse.");
        return [.. read.Values];
    }

    private static IReadOnlyList<MirrorSpec>? Mirrors(JsonFields route, string @namespace, Faults faults)
    {
        if (route.Objects("mirror", TrafficLimits.Mirrors) is not { Count: > 0 } items) return null;
        var read = new SortedDictionary<string, MirrorSpec>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            var destination = DestinationText.Read(item, @namespace, faults);
            var percent = Checks.Percent(item.Decimal("percent"), item.PathTo("percent"), faults);
            item.End();
            if (destination is not { } to) continue;
            if (!read.TryAdd(to.Cluster,
                new MirrorSpec
                {
                    Service = to.Service.Name,
                    Namespace = Unless(to.Service.Namespace, @namespace),
                    Subset = to.Subset,
                    Percent = percent,
                }))
                faults.Add(item.Path, "duplicate", $"'{to.Cluster}' is a mirror already.");
        }

        return [.. read.Values];
    }

    private static string? Unless(string @namespace, string usual) => @namespace == usual ? null : @namespace;
}

/// <summary>A route as it was asked for.</summary>
/// <param name="Route">Valid and in normal form.</param>
/// <param name="OnlyDestinations">Nothing but destinations was said: they are put beside those that the route <c>default</c> has.</param>
public sealed record RouteDemand(RouteSpec Route, bool OnlyDestinations);
