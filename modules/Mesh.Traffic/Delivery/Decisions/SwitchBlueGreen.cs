using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Traffic.Rules;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Delivery.Decisions;

/// <summary>Sends all requests of a route elsewhere at once, and keeps where they went before (Flow step 2). Where they go there already is unchanged.</summary>
/// <param name="Wish">Valid and in normal form.</param>
public sealed record SwitchBlueGreen(BlueGreenSpec Wish) : ICommand
{
    /// <summary>Condition on the delivery's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public string Name => "traffic.switch-blue-green";

    /// <inheritdoc/>
    public JsonTypeInfo AnswerType => DeliveryAnswerJson.Default.DeliveryAnswer;

    /// <inheritdoc/>
    public string Stream => TrafficStreams.Delivery(Key);

    /// <inheritdoc/>
    public string StreamsUnder => TrafficStreams.Routes(Key);

    private ServiceKey Key => new(Wish.Namespace, Wish.Service);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var delivery = state.Facts<TrafficState>().Find(Key)?.Delivery;
        if (Precondition?.Check(delivery?.Version, $"The delivery of {Key}") is { } unmet) return Decision.Rejected(unmet);
        if (delivery?.Running is { } canary) return Decision.Rejected(SwitchRefusals.CanaryRuns(Key, canary));
        var route = DeliveryRoute.Find(state, Key, Wish.Route);
        if (DeliveryRoute.Unfit(Key, Wish.Route, route) is { } unfit) return Decision.Rejected(unfit);
        var to = DestinationText.Parse(Wish.To, Key.Namespace);
        var version = state.Stream(Stream).Version;
        var answer = new DeliveryAnswer { Phase = PhaseNames.Switched, To = Wish.To, Version = version };
        if (DeliveryRoute.Leads(route) is [var only] && only == to) return Decision.Unchanged(answer);
        if (!DeliveryRoute.IsServed(state, to)) return Decision.Rejected(new Refusal(RefusalKind.Conflict, [DeliveryRoute.NotServed("to", to)]));
        var switched = new BlueGreenSwitched(Key.Namespace, Key.Name, Wish.Route, Wish.To, route?.Destinations);
        return DeliveryRoute.Lead(state, Key, Wish.Route, NewEvent.Of(Stream, switched), answer with { Version = version + 1 }, (to, 100));
    }
}
