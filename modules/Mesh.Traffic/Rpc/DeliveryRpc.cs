using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Rpc;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Delivery.Api;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.Rules;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Traffic.Rpc;

/// <summary>The gRPC service <c>cdaprod.mesh.v1.Delivery</c> on a Registry (Flow step 1): the same rules and refusals as REST.</summary>
public sealed class DeliveryRpc(ICommandBus bus, DeliveryRpcReading reading) : V1.Delivery.DeliveryBase
{
    /// <inheritdoc/>
    public override Task<V1.DeliveryReply> StartCanary(V1.Canary request, ServerCallContext context)
    {
        var faults = new Faults();
        // Only what is asked for is read: what an answer says beside it may be sent back with it.
        var plain = new V1.Canary
        {
            Namespace = request.Namespace, Service = request.Service, Route = request.Route, Stable = request.Stable,
            Canary_ = request.Canary_, BakeTime = request.BakeTime, Success = request.Success,
        };
        plain.Steps.AddRange(request.Steps);
        return SendAsync(bus, DeliveryCommands.StartCanary(JsonFields.Of(plain, faults), faults), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.DeliveryReply> PromoteCanary(V1.PromoteCanaryRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        return SendAsync(bus, DeliveryCommands.PromoteCanary(JsonFields.Of(request, faults), faults), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.DeliveryReply> AbortCanary(V1.AbortCanaryRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        return SendAsync(bus, DeliveryCommands.AbortCanary(JsonFields.Of(request, faults), faults), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.Canary> GetCanary(V1.DeliveryRequest request, ServerCallContext context) =>
        reading.GetCanaryAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<V1.CanaryList> ListCanaries(V1.ListDeliveriesRequest request, ServerCallContext context) =>
        reading.ListCanariesAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<V1.DeliveryReply> SwitchBlueGreen(V1.BlueGreen request, ServerCallContext context)
    {
        var faults = new Faults();
        var plain = new V1.BlueGreen { Namespace = request.Namespace, Service = request.Service, Route = request.Route, To = request.To };
        return SendAsync(bus, DeliveryCommands.Switch(JsonFields.Of(plain, faults), faults), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.DeliveryReply> RollBackBlueGreen(V1.DeliveryRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        // A position is one of reads.
        var plain = new V1.DeliveryRequest { Namespace = request.Namespace, Service = request.Service };
        return SendAsync(bus, DeliveryCommands.RollBack(JsonFields.Of(plain, faults), faults), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.BlueGreen> GetBlueGreen(V1.DeliveryRequest request, ServerCallContext context) =>
        reading.GetBlueGreenAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<V1.BlueGreenList> ListBlueGreen(V1.ListDeliveriesRequest request, ServerCallContext context) =>
        reading.ListBlueGreenAsync(request, context.CancellationToken);

    internal static async Task<V1.DeliveryReply> SendAsync(
        ICommandBus bus, ValidRequest<DeliveryAnswer>? wish, IMessage request, ServerCallContext context, Faults faults)
    {
        var (outcome, answer) = await bus.SendAsync(context, request, faults, wish).ConfigureAwait(false);
        return new V1.DeliveryReply
        {
            Changed = outcome.Changed, Sequence = outcome.Sequence, Phase = answer.Phase, Step = answer.Step ?? 0,
            Weight = answer.Weight ?? 0, To = answer.To ?? "", Revision = answer.Version,
        };
    }
}

/// <summary>
/// The gRPC service <c>cdaprod.mesh.v1.DeliveryStatus</c>: what workers have concluded becomes decisions here (Flow steps 2 and 8).
/// </summary>
public sealed class DeliveryStatusRpc(ICommandBus bus) : V1.DeliveryStatus.DeliveryStatusBase
{
    /// <inheritdoc/>
    public override Task<V1.DeliveryReply> Advance(V1.CanaryVerdict request, ServerCallContext context)
    {
        var (key, guard, faults) = Read(request);
        var (reason, observed) = (DeliveryReader.Reason(request.Reason, faults), DeliveryMessages.Read(request.Observed));
        var verdict = ValidRequest.Of<DeliveryAnswer>(key, faults, (service, _) => new AdvanceCanary(service) { Guard = guard,
            Reason = reason, Observed = observed });
        return DeliveryRpc.SendAsync(bus, verdict, request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.DeliveryReply> Abort(V1.CanaryVerdict request, ServerCallContext context)
    {
        var (key, guard, faults) = Read(request);
        var (reason, observed) = (DeliveryReader.Reason(request.Reason, faults), DeliveryMessages.Read(request.Observed));
        var verdict = ValidRequest.Of<DeliveryAnswer>(key, faults, (service, _) => new AbortCanary(service) { Guard = guard,
            Reason = reason, Observed = observed });
        return DeliveryRpc.SendAsync(bus, verdict, request, context, faults);
    }

    private static (ServiceKey? Key, CanaryGuard Guard, Faults Faults) Read(V1.CanaryVerdict request)
    {
        var faults = new Faults();
        var key = TrafficRpc.Key(request.Service, request.Namespace, faults);
        if (request.Canary < 1) faults.Add("canary", "missing", "A verdict names its canary.");
        if (request.Step < 1) faults.Add("step", "missing", "A verdict names its step.");
        return (key, new CanaryGuard(request.Canary, request.Step), faults);
    }
}
