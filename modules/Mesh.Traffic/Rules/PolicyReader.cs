using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;

namespace Mesh.Traffic.Rules;

/// <summary>Reads a policy and brings it into normal form (Flow step 1).</summary>
public static class PolicyReader
{
    private static readonly string[] Policies = ["round_robin", "least_request", "random", "ring_hash", "maglev"];

    /// <summary>The policy of <paramref name="key"/>; null where <paramref name="faults"/> has any.</summary>
    public static TrafficPolicySpec? Read(JsonFields fields, ServiceKey? key, Faults faults)
    {
        // They may be repeated, as in an answer that is sent back.
        if (key is { } named)
        {
            Same(fields, "service", named.Name, faults);
            Same(fields, "namespace", named.Namespace, faults);
        }
        else
        {
            fields.Skip("service", "namespace");
        }

        var (@namespace, service) = key ?? new ServiceKey("", "");
        var policy = new TrafficPolicySpec
        {
            Namespace = @namespace, Service = service, Subsets = Subsets(fields, faults), LoadBalancing = LoadBalancing(fields, faults),
        };
        fields.End();
        if (policy is { Subsets: null, LoadBalancing: null } && !faults.Any)
            faults.Add("", "missing", "A policy says subsets, loadBalancing or both; to have none, delete it.");
        return faults.Any ? null : policy;
    }

    private static void Same(JsonFields fields, string name, string said, Faults faults)
    {
        if (fields.Text(name) is { } text && text != said) faults.Add(name, "contradiction", $"The address says '{said}'.");
    }

    private static IReadOnlyList<SubsetSpec>? Subsets(JsonFields policy, Faults faults)
    {
        if (policy.Objects("subsets", TrafficLimits.Subsets) is not { Count: > 0 } items) return null;
        var subsets = new SortedDictionary<string, SubsetSpec>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            var name = DestinationText.Subset(item.Text("name") ?? "", item.PathTo("name"), faults);
            var selector = Selector(item, faults);
            item.End();
            if (name is not null && !subsets.TryAdd(name, new SubsetSpec { Name = name, Selector = selector }))
                faults.Add(item.PathTo("name"), "duplicate", $"There is a subset '{name}' already.");
        }

        return [.. subsets.Values];
    }

    private static SortedDictionary<string, string> Selector(JsonFields subset, Faults faults)
    {
        var selector = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var texts = subset.Texts("selector") ?? [];
        foreach (var (key, value) in texts.Take(TrafficLimits.SelectorEntries))
        {
            if (key.Length is 0 or > 128 || value.Length > 512)
                faults.Add($"{subset.PathTo("selector")}.{Checks.Shortened(key)}", "too-long",
                    "No metadata has such a key or value: keys have 1 to 128 characters, values at most 512.");
            selector[key] = value;
        }

        if (texts.Count > TrafficLimits.SelectorEntries)
            faults.Add(subset.PathTo("selector"), "too-many",
                $"There are {texts.Count}; at most {TrafficLimits.SelectorEntries} are allowed.");
        else if (texts.Count == 0 && !faults.HasUnder(subset.PathTo("selector")))
            faults.Add(subset.PathTo("selector"), "missing", "Set the metadata of the subset's instances.");
        return selector;
    }

    private static LoadBalancingSpec? LoadBalancing(JsonFields policy, Faults faults)
    {
        if (policy.Object("loadBalancing") is not { } fields) return null;
        var name = fields.Text("policy") is { Length: > 0 } said ? said : "round_robin";
        if (!Policies.Contains(name))
            faults.Add(fields.PathTo("policy"), "unknown-value",
                $"'{Checks.Shortened(name)}' is not a policy; use {string.Join(", ", Policies)}.");
        var slow = Checks.Duration(fields.Text("slowStart"), fields.PathTo("slowStart"), TimeSpan.Zero, TimeSpan.FromHours(1), faults);
        if (slow is not (null or "0s") && name is not ("round_robin" or "least_request"))
            faults.Add(fields.PathTo("slowStart"), "not-supported",
                $"Instances start slowly with round_robin and least_request only, not with {Checks.Shortened(name)}.");
        var panic = Checks.Number(fields.Number("panicThreshold"), fields.PathTo("panicThreshold"), 0, 100, "a share in percent", faults);
        var balancing = new LoadBalancingSpec
        {
            Policy = name,
            ZoneAware = fields.Flag("zoneAware") is true ? true : null,
            Failover = Zones(fields, faults),
            SlowStart = slow == "0s" ? null : slow,
            PanicThreshold = panic == 50 ? null : panic,
        };
        fields.End();
        return balancing;
    }

    private static IReadOnlyList<string>? Zones(JsonFields fields, Faults faults)
    {
        if (fields.TextList("failover", TrafficLimits.Zones) is not { Count: > 0 } zones) return null;
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (zone, path) in zones)
        {
            if (zone.Length is 0 or > 63) faults.Add(path, "not-a-zone", "A zone has 1 to 63 characters.");
            else if (!known.Add(zone)) faults.Add(path, "duplicate", $"Zone '{zone}' is there twice; its place counts.");
        }

        return [.. zones.Select(zone => zone.Text)];
    }
}
