using System.Text.Json;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.State;
using Mesh.Traffic.Rules;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Delivery.Decisions;

/// <summary>Starts a canary and puts its first step into force (Flow step 2). The same canary again, while it runs, is unchanged.</summary>
/// <param name="Canary">Valid and in normal form; the stable one may be unset.</param>
public sealed record StartCanary(CanarySpec Canary) : DeliveryCommand(new ServiceKey(Canary.Namespace, Canary.Service))
{
    /// <inheritdoc/>
    public override string Name => "traffic.start-canary";

    /// <inheritdoc/>
    private protected override Decision Decide(MeshState state, DeliveryState? delivery, DecisionContext context)
    {
        if (delivery?.Running is { } running)
        {
            return IsSame(running.Spec, Canary.Stable is null ? Canary with { Stable = running.Spec.Stable } : Canary)
                ? Decision.Unchanged(DeliveryAnswer.Of(running, delivery.Version))
                : Decision.Rejected(RefusalKind.Conflict, "canary", "canary-running",
                    $"Canary {running} of {Key} runs already. End it first (canary promote --all or abort).");
        }

        var route = DeliveryRoute.Find(state, Key, Canary.Route);
        if (DeliveryRoute.RefuseUnsuitable(Key, Canary.Route, route) is { } unsuitable) return Decision.Rejected(unsuitable);
        var leads = DeliveryRoute.Leads(route);
        if (StableOf(leads) is not { } stable)
            return Decision.Rejected(RefusalKind.Invalid, "stable", "missing",
                $"Set 'stable' to what serves now, such as {Key.Name}@v1: route '{Canary.Route}' of {Key} {Describe(leads)}.");
        var tried = DestinationText.Parse(Canary.Canary, Key.Namespace);
        if (Fault(stable, tried) is { } fault) return Decision.Rejected(RefusalKind.Invalid, "canary", "overlap", fault);
        if (leads.Any(to => to != stable))
            return Decision.Rejected(RefusalKind.Conflict, "stable", "leads-elsewhere",
                $"Route '{Canary.Route}' of {Key} {Describe(leads)}; a canary starts when all requests go to the stable version, "
                    + $"{stable.Cluster}. Set the route so first.");
        List<Problem> missing = [];
        if (!DeliveryRoute.IsServed(state, stable)) missing.Add(DeliveryRoute.NotServed("stable", stable));
        if (!DeliveryRoute.IsServed(state, tried)) missing.Add(DeliveryRoute.NotServed("canary", tried));
        if (missing.Count > 0) return Decision.Rejected(new Refusal(RefusalKind.Conflict, missing));

        var spec = Canary with { Stable = DestinationText.Write(stable, Key.Namespace) };
        var version = state.Stream(Stream).Version + 1;
        var started = new CanaryState(spec, version, CanaryPhase.Running, 1, context.Time, []);
        return DeliveryRoute.Lead(state, Key, spec.Route, NewEvent.Of(Stream, new CanaryStarted(spec)), DeliveryAnswer.Of(started, version),
            (tried, started.Weight), (stable, 100 - started.Weight));
    }

    private Destination? StableOf(IReadOnlyList<Destination> leads) =>
        Canary.Stable is { } said ? DestinationText.Parse(said, Key.Namespace) : leads.Count == 1 ? leads[0] : null;

    private static string? Fault(Destination stable, Destination tried)
    {
        if (stable == tried) return $"The canary and the stable one are both {tried.Cluster}.";
        if (stable.Service != tried.Service || (stable.Subset is not null && tried.Subset is not null)) return null;
        var (whole, part) = stable.Subset is null ? (stable, tried) : (tried, stable);
        return $"{whole.Cluster} is all instances of the service, those of {part.Cluster} too, so the two would overlap. Name a subset "
            + $"of each, such as {whole.Cluster}@v1.";
    }

    private static string Describe(IReadOnlyList<Destination> leads) =>
        leads.Count == 0 ? "is not there yet" : $"leads to {string.Join(", ", leads.Select(to => to.Cluster))}";

    // Both are in normal form, so what is equal is equal as JSON.
    private static bool IsSame(CanarySpec one, CanarySpec other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, TrafficJson.Default.CanarySpec).AsSpan()
            .SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, TrafficJson.Default.CanarySpec));
}
