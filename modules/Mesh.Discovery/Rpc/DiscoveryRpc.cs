using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Discovery.Answers;
using Mesh.Discovery.Api;
using Mesh.Discovery.Deregister;
using Mesh.Discovery.Mode;
using Mesh.Discovery.Register;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Discovery.Rpc;

/// <summary>The gRPC service <c>cdaprod.mesh.v1.Discovery</c> on a Registry (Flow step 1): the same rules and refusals as REST.</summary>
public sealed class DiscoveryRpc(ICommandBus bus, DiscoveryWrites writes, DiscoveryReading reading) : V1.Discovery.DiscoveryBase
{
    /// <inheritdoc/>
    public override async Task<V1.WriteReply> Register(V1.RegisterRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var command = RegisterRules.Read(RegisterInput.Read(JsonFields.Of(request, faults)), faults);
        var caller = CommandCaller.Of(context, request, faults);
        var precondition = Preconditions.Read(context.RequestHeaders, faults);
        faults.ThrowIfAny();
        var valid = command ?? throw new InvalidOperationException("A registration without faults means a command.");
        valid = valid with { Precondition = precondition };
        var outcome = await writes.RegisterAsync(valid, caller, context.CancellationToken).ConfigureAwait(false);
        return outcome.Refusal is { } refusal ? throw refusal.ToRpcException() : Reply(outcome, outcome.AnswerTo(valid));
    }

    /// <inheritdoc/>
    public override Task<V1.WriteReply> Deregister(V1.DeregisterRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = Key(request.Name, request.Namespace, faults);
        var id = RegisterRules.InstanceId(request.InstanceId, "instance_id", faults);
        if (request.Incarnation < 0) faults.Add("incarnation", "out-of-range", "An incarnation is a whole number from 1, or 0 for any.");
        if (request.Incarnation > 0 && request.InstanceId.Length == 0)
            faults.Add("incarnation", "needs-instance-id", "An incarnation belongs to one instance: set instance_id too.");
        var wish = ValidRequest.Of<DiscoveryAnswer>(key, faults, (service, precondition) =>
            new DeregisterInstances(service, id) { Incarnation = request.Incarnation, Precondition = precondition });
        return SendAsync(wish, request, context, faults);
    }

    /// <inheritdoc/>
    public override async Task<V1.HeartbeatReply> Heartbeat(V1.HeartbeatRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = Key(request.Name, request.Namespace, faults);
        var id = RegisterRules.InstanceId(request.InstanceId, "instance_id", faults);
        if (request.InstanceId.Length == 0) faults.Add("instance_id", "missing", "'instance_id' is required.");
        if (request.Incarnation < 0) faults.Add("incarnation", "out-of-range", "An incarnation is a whole number from 1, or 0 for any.");
        faults.ThrowIfAny();
        if (key is not { } service || id is null) throw new InvalidOperationException("A heartbeat without faults names its instance.");
        var outcome = await writes.HeartbeatAsync(service, id, request.Incarnation, context.CancellationToken).ConfigureAwait(false);
        if (outcome.Refusal is { } refusal) throw refusal.ToRpcException();
        return new V1.HeartbeatReply { TtlSeconds = outcome.Instance!.Spec.TtlSeconds, Incarnation = outcome.Instance.Incarnation };
    }

    /// <inheritdoc/>
    public override Task<V1.WriteReply> SetMode(V1.SetModeRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = Key(request.Name, request.Namespace, faults);
        var id = RegisterRules.InstanceId(request.InstanceId, "instance_id", faults);
        var mode = ModeRules.Read(request.Mode, "mode", faults);
        return SendAsync(ValidRequest.Of<DiscoveryAnswer>(key, faults, (service, precondition) =>
            new SetMode(service, id, mode) { Precondition = precondition }), request, context, faults);
    }

    /// <inheritdoc/>
    public override Task<V1.ServiceList> ListServices(V1.ListServicesRequest request, ServerCallContext context) =>
        reading.ListAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<V1.Service> GetService(V1.GetServiceRequest request, ServerCallContext context) =>
        reading.GetAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override Task Watch(V1.ListServicesRequest request, IServerStreamWriter<V1.ServiceList> responseStream,
        ServerCallContext context) =>
        reading.WatchAsync(request, responseStream, context.CancellationToken);

    /// <summary>The service that a request names; null with a fault.</summary>
    internal static ServiceKey? Key(string name, string @namespace, Faults faults) =>
        ServiceKey.Of(Labels.Read(@namespace, "namespace", ServiceKey.DefaultNamespace, faults), Labels.Read(name, "name", null, faults));

    private async Task<V1.WriteReply> SendAsync(ValidRequest<DiscoveryAnswer>? wish, IMessage request, ServerCallContext context,
        Faults faults)
    {
        var (outcome, answer) = await bus.SendAsync(context, request, faults, wish).ConfigureAwait(false);
        return Reply(outcome, answer);
    }

    private static V1.WriteReply Reply(CommandOutcome outcome, DiscoveryAnswer answer) => new()
    {
        Changed = outcome.Changed,
        Sequence = outcome.Sequence,
        Instances = answer.Instances,
        InstanceId = answer.InstanceId ?? "",
        Incarnation = answer.Incarnation,
        Affected = answer.Affected,
        Revision = answer.Version,
    };
}
