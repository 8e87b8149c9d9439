using System.Text.Json.Serialization.Metadata;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.State;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Delivery.Decisions;

/// <summary>A command on a service's delivery, which rests on the delivery and on the routes that it sets.</summary>
/// <param name="Key">The service.</param>
public abstract record DeliveryCommand(ServiceKey Key) : ICommand<DeliveryAnswer>
{
    /// <summary>Condition on the delivery's version.</summary>
    public Precondition? Precondition { get; init; }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public JsonTypeInfo<DeliveryAnswer> AnswerType => DeliveryAnswerJson.Default.DeliveryAnswer;

    /// <inheritdoc/>
    public string Stream => TrafficStreams.Delivery(Key);

    /// <inheritdoc/>
    public string StreamsUnder => TrafficStreams.Routes(Key);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context)
    {
        var delivery = state.Facts<TrafficState>().Find(Key)?.Delivery;
        return Precondition?.Check(delivery?.Version, $"The delivery of {Key}") is { } unmet
            ? Decision.Rejected(unmet)
            : Decide(state, delivery, context);
    }

    /// <summary>Decides where the condition holds; the delivery is null before the service's first.</summary>
    private protected abstract Decision Decide(MeshState state, DeliveryState? delivery, DecisionContext context);
}
