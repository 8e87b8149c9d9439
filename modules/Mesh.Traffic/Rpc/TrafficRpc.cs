using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Api;
using Mesh.Traffic.Policies;
using Mesh.Traffic.Routes;
using Mesh.Traffic.Rules;
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
        using var json = MessageJson.ToJson(plain);
        var command = JsonFields.Of(json.RootElement, "", faults) is { } fields && RouteReader.Read(fields, faults) is { } demand
            ? RouteCommands.Set(demand, Preconditions.Read(context.RequestHeaders, faults))
            : null;
        return Send(command, request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.TrafficWriteReply> RemoveRoute(V1.RemoveRouteRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = Key(request.Service, request.Namespace, faults);
        var command = RouteCommands.Remove(key, NullIfEmpty(request.Name), NullIfEmpty(request.Destination), Preconditions.Read(context.RequestHeaders, faults), faults);
        return Send(command, request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.RouteList> ListRoutes(V1.ListRoutesRequest request, ServerCallContext context) => reading.ListAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<V1.TrafficWriteReply> SetPolicy(V1.TrafficPolicy request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = Key(request.Service, request.Namespace, faults);
        var plain = request.Clone();
        plain.Revision = 0;
        using var json = MessageJson.ToJson(plain);
        var policy = JsonFields.Of(json.RootElement, "", faults) is { } fields ? PolicyReader.Read(fields, key, faults) : null;
        return Send(policy is null ? null : new SetTrafficPolicy(key, policy) { Precondition = Preconditions.Read(context.RequestHeaders, faults) }, request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.TrafficWriteReply> RemovePolicy(V1.TrafficPolicyRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = Key(request.Service, request.Namespace, faults);
        return Send(new SetTrafficPolicy(key, null) { Precondition = Preconditions.Read(context.RequestHeaders, faults) }, request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.TrafficPolicy> GetPolicy(V1.TrafficPolicyRequest request, ServerCallContext context) => reading.GetPolicyAsync(request, context.CancellationToken);

    internal static ServiceKey Key(string service, string @namespace, Faults faults) =>
        new(Labels.Read(@namespace, "namespace", ServiceKey.DefaultNamespace, faults)!, Labels.Read(service, "service", null, faults)!);

    private async Task<V1.TrafficWriteReply> Send(ICommand? command, IMessage request, ServerCallContext context, Faults faults)
    {
        var outcome = await bus.SendAsync(context, request, faults, command).ConfigureAwait(false);
        var answer = (TrafficAnswer)outcome.Answer!;
        return new V1.TrafficWriteReply
        {
            Changed = outcome.Changed, Sequence = outcome.Sequence, Route = answer.Route ?? "", Destinations = answer.Destinations, Revision = answer.Version,
            Warnings = { answer.Warnings ?? [] },
        };
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
