using Mesh.Contracts.Traffic;
using Mesh.Kernel.Values;

namespace Mesh.Traffic.Rules;

/// <summary>What the parts of a route demand of each other (Flow step 1).</summary>
internal static class RouteRules
{
    public static void Check(RouteSpec route, Faults faults)
    {
        var actions = (route.Destinations is null ? 0 : 1) + (route.Redirect is null ? 0 : 1) + (route.DirectResponse is null ? 0 : 1);
        if (actions == 0 && !faults.HasUnder("destinations") && !faults.HasUnder("redirect") && !faults.HasUnder("directResponse"))
            faults.Add("destinations", "missing", "Set where requests go: destinations, redirect or directResponse.");
        if (actions > 1) faults.Add("", "contradiction", "Set one of destinations, redirect and directResponse.");
        if (route.Destinations is null && actions > 0)
        {
            NeedsDestinations(route.Timeout, "timeout", faults);
            NeedsDestinations(route.Retry, "retry", faults);
            NeedsDestinations(route.Rewrite, "rewrite", faults);
            NeedsDestinations(route.Mirror, "mirror", faults);
            NeedsDestinations(route.Hash, "hash", faults);
            NeedsDestinations(route.Headers?.Request, "headers.request", faults);
        }

        if (route.Retry?.PerTryTimeout is { } each && route.Timeout is { } whole && Durations.TryParse(each) > Durations.TryParse(whole))
            faults.Add("retry.perTryTimeout", "out-of-range", $"{each} for each try is more than {whole} for all of them.");
        if (route.Rewrite?.Prefix is not null) NeedsPrefix(route, "rewrite.prefix", faults);
        if (route.Redirect?.Prefix is not null) NeedsPrefix(route, "redirect.prefix", faults);
        if (route.Rewrite?.Path is { } path && path.Contains('{')) CheckPlaceholders(route, path, faults);
    }

    /// <summary>Of a route as a whole: where it leads to destinations, one of them gets requests.</summary>
    public static void CheckWeights(RouteSpec route, Faults faults)
    {
        if (route.Destinations is { Count: > 0 } destinations && destinations.All(destination => destination.Weight == 0))
            faults.Add("destinations", "no-weight", "At least one destination needs a weight above 0.");
    }

    private static void NeedsDestinations(object? part, string field, Faults faults)
    {
        if (part is not null) faults.Add(field, "needs-destinations", "It means something only for requests that go to destinations.");
    }

    private static void NeedsPrefix(RouteSpec route, string field, Faults faults)
    {
        if (route.Match is { } match && match.Any(one => one.Grpc is not null || one.Path is { Prefix: null }))
            faults.Add(field, "needs-prefix", "It replaces a prefix: every match needs 'path.prefix', or no path at all.");
    }

    private static void CheckPlaceholders(RouteSpec route, string path, Faults faults)
    {
        if (faults.HasUnder("match")) return;
        foreach (var match in route.Match is { Count: > 0 } alternatives ? alternatives : [new RouteMatchSpec()])
        {
            if (faults.Has("rewrite.path")) return;
            TemplatePath.Of(match.Path?.Template ?? "/").Substitute(path, "rewrite.path", faults);
        }
    }
}
