using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.State;
using Mesh.Traffic.Rules;

namespace Mesh.Traffic.Delivery.Decisions;

/// <summary>
/// Sends all requests of a route elsewhere at once, and keeps where they went before (Flow step 2). Where they go there already is
/// unchanged.
/// </summary>
/// <param name="Wish">Valid and in normal form.</param>
public sealed record SwitchBlueGreen(BlueGreenSpec Wish) : DeliveryCommand(new ServiceKey(Wish.Namespace, Wish.Service))
{
    /// <inheritdoc/>
    public override string Name => "traffic.switch-blue-green";

    /// <inheritdoc/>
    private protected override Decision Decide(MeshState state, DeliveryState? delivery, DecisionContext context)
    {
        if (delivery?.Running is { } canary) return Decision.Rejected(SwitchRefusals.CanaryRuns(Key, canary));
        var route = DeliveryRoute.Find(state, Key, Wish.Route);
        if (DeliveryRoute.RefuseUnsuitable(Key, Wish.Route, route) is { } unsuitable) return Decision.Rejected(unsuitable);
        var to = DestinationText.Parse(Wish.To, Key.Namespace);
        var version = state.Stream(Stream).Version;
        var answer = new DeliveryAnswer { Phase = PhaseNames.Switched, To = Wish.To, Version = version };
        if (DeliveryRoute.Leads(route) is [var only] && only == to) return Decision.Unchanged(answer);
        if (!DeliveryRoute.IsServed(state, to))
            return Decision.Rejected(new Refusal(RefusalKind.Conflict, [DeliveryRoute.NotServed("to", to)]));
        var switched = new BlueGreenSwitched(Key.Namespace, Key.Name, Wish.Route, Wish.To, route?.Destinations);
        return DeliveryRoute.Lead(state, Key, Wish.Route, NewEvent.Of(Stream, switched), answer with { Version = version + 1 }, (to, 100));
    }
}
