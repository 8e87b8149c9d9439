using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Rpc;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Api;
using Mesh.Traffic.Routes;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Traffic.Rpc;

/// <summary>The gRPC service <c>cdaprod.mesh.v1.Traffic</c> on a Registry (Flow step 1): the same rules and refusals as REST.</summary>
public sealed class TrafficRpc(ICommandBus bus, TrafficReading reading) : V1.Traffic.TrafficBase
{
    /// <inheritdoc/>
    public override Task<V1.TrafficWriteReply> SetRoute(V1.Route request, ServerCallContext context)
    {
        var faults = new Faults();
        // What an answer says beside the route may be sent back with it.
        var plain = request.Clone();
        (plain.Order, plain.Revision) = (0, 0);
        plain.Unresolved.Clear();
        return SendAsync(RouteCommands.Set(JsonFields.Of(plain, faults), faults), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.TrafficWriteReply> RemoveRoute(V1.RemoveRouteRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = Key(request.Service, request.Namespace, faults);
        var removal = RouteCommands.Remove(key, NullIfEmpty(request.Name), NullIfEmpty(request.Destination), faults);
        return SendAsync(removal, request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.RouteList> ListRoutes(V1.ListRoutesRequest request, ServerCallContext context) =>
        reading.ListAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<V1.TrafficWriteReply> SetPolicy(V1.TrafficPolicy request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = Key(request.Service, request.Namespace, faults);
        var plain = request.Clone();
        plain.Revision = 0;
        return SendAsync(RouteCommands.SetPolicy(key, JsonFields.Of(plain, faults), faults), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.TrafficWriteReply> RemovePolicy(V1.TrafficPolicyRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = Key(request.Service, request.Namespace, faults);
        return SendAsync(RouteCommands.RemovePolicy(key, faults), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.TrafficPolicy> GetPolicy(V1.TrafficPolicyRequest request, ServerCallContext context) =>
        reading.GetPolicyAsync(request, context.CancellationToken);

    internal static ServiceKey? Key(string service, string @namespace, Faults faults) => TrafficRequests.Key(service, @namespace, faults);

    private async Task<V1.TrafficWriteReply> SendAsync(ValidRequest<TrafficAnswer>? wish, IMessage request, ServerCallContext context,
        Faults faults)
    {
        var (outcome, answer) = await bus.SendAsync(context, request, faults, wish).ConfigureAwait(false);
        return new V1.TrafficWriteReply
        {
            Changed = outcome.Changed, Sequence = outcome.Sequence, Route = answer.Route ?? "", Destinations = answer.Destinations,
            Revision = answer.Version,
            Warnings = { answer.Warnings ?? [] },
        };
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
