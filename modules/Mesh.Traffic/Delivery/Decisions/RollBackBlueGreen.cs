using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.State;
using Mesh.Traffic.Routes;
using Mesh.Traffic.Rules;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Delivery.Decisions;

/// <summary>
/// Takes the last switch of a service back: its route leads where it led before (Flow step 2). What is taken back already is unchanged;
/// where somebody has set the destinations since, nobody can say what "before" is, and it is refused.
/// </summary>
/// <param name="Key">The service.</param>
public sealed record RollBackBlueGreen(ServiceKey Key) : DeliveryCommand(Key)
{
    /// <inheritdoc/>
    public override string Name => "traffic.roll-back-blue-green";

    /// <inheritdoc/>
    private protected override Decision Decide(MeshState state, DeliveryState? delivery, DecisionContext context)
    {
        if (delivery?.Switch is not { } last)
            return Decision.Rejected(RefusalKind.NotFound, "service", "unknown-switch",
                $"{Key} has not been switched, so there is nothing to roll back.");
        var answer = new DeliveryAnswer { Phase = PhaseNames.RolledBack, To = Only(last), Version = delivery.Version };
        if (last.RolledBack) return Decision.Unchanged(answer);
        if (delivery.Running is { } canary) return Decision.Rejected(SwitchRefusals.CanaryRuns(Key, canary));

        var route = DeliveryRoute.Find(state, Key, last.Route);
        var leads = DeliveryRoute.Leads(route);
        if (leads is not [var only] || only != DestinationText.Parse(last.To, Key.Namespace))
        {
            return Decision.Rejected(RefusalKind.Conflict, "service", "changed-since",
                $"Route '{last.Route}' of {Key} was switched to {last.To} and "
                    + $"{(leads.Count == 0 ? "is gone" : $"leads to {string.Join(", ", leads.Select(to => to.Cluster))}")} now: "
                    + "somebody has changed it since. Switch to where it should lead.");
        }

        var e = NewEvent.Of(Stream, new BlueGreenRolledBack(Key.Namespace, Key.Name));
        answer = answer with { Version = delivery.Version + 1 };
        if (last.Before is { } before) return DeliveryRoute.Set(state, Key, last.Route, e, answer, before);
        // There was no route, so that requests went to the service itself. What else has been said of the route since is kept.
        return IsPlain(route!)
            ? Decision.Changed([e, .. RouteChange.Remove(state, route!).Events], answer)
            : DeliveryRoute.Lead(state, Key, last.Route, e, answer, (new Destination(Key, null), 100));
    }

    private static bool IsPlain(RouteSpec route) =>
        route with { Destinations = null } == new RouteSpec { Namespace = route.Namespace, Service = route.Service, Name = route.Name };

    private string? Only(SwitchState last) => last.Before is null ? Key.Name
        : last.Before.Where(destination => destination.Weight > 0).ToList() is [var only]
            ? DestinationText.Write(Destination.Of(only, Key.Namespace), Key.Namespace)
            : null;
}

/// <summary>Refusals that both commands on switches have.</summary>
internal static class SwitchRefusals
{
    public static Refusal CanaryRuns(ServiceKey key, CanaryState canary) =>
        Refusal.Of(RefusalKind.Conflict, "service", "canary-running",
            $"Canary {canary} of {key} runs. End it first (canary promote --all or abort).");
}
