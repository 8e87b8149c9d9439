using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Values;
using Mesh.Traffic.Delivery.Read;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Traffic.Rpc;

/// <summary>
/// The reading half of <c>cdaprod.mesh.v1.Delivery</c>, from whatever state the process holds: a Registry's own or a replica.
/// </summary>
public sealed class DeliveryRpcReading(StateReads reads, DeliveryReading reading)
{
    /// <summary>The last canary of a service and how it is doing.</summary>
    /// <exception cref="RpcException">
    /// A field is wrong, there has been none, or the state does not reach <c>min_sequence</c> in time.
    /// </exception>
    public async Task<V1.Canary> GetCanaryAsync(V1.DeliveryRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var named = TrafficRpc.Key(request.Service, request.Namespace, faults);
        var state = await reads.ReadAsync(request.MinSequence, faults, cancellationToken).ConfigureAwait(false);
        var key = named.GetValueOrDefault();
        return await reading.CanaryAsync(state, key, cancellationToken).ConfigureAwait(false) is { } canary
            ? AnswerMessages.Fill(new V1.Canary(), canary, TrafficJson.Default.CanaryAnswer)
            : throw DeliveryReading.NoCanary(key).ToRpcException();
    }

    /// <summary>The last canary of each service.</summary>
    /// <exception cref="RpcException">A field is wrong, or the state does not reach <c>min_sequence</c> in time.</exception>
    public async Task<V1.CanaryList> ListCanariesAsync(V1.ListDeliveriesRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var @namespace = Namespace(request.Namespace, faults);
        var state = await reads.ReadAsync(request.MinSequence, faults, cancellationToken).ConfigureAwait(false);
        return AnswerMessages.Fill(new V1.CanaryList(),
            await reading.CanariesAsync(state, @namespace, cancellationToken).ConfigureAwait(false), TrafficJson.Default.CanaryListAnswer);
    }

    /// <summary>The last switch of a service.</summary>
    /// <exception cref="RpcException">
    /// A field is wrong, there has been none, or the state does not reach <c>min_sequence</c> in time.
    /// </exception>
    public async Task<V1.BlueGreen> GetBlueGreenAsync(V1.DeliveryRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var named = TrafficRpc.Key(request.Service, request.Namespace, faults);
        var state = await reads.ReadAsync(request.MinSequence, faults, cancellationToken).ConfigureAwait(false);
        var key = named.GetValueOrDefault();
        return DeliveryReading.Switch(state, key) is { } last
            ? AnswerMessages.Fill(new V1.BlueGreen(), last, TrafficJson.Default.BlueGreenAnswer)
            : throw DeliveryReading.NoSwitch(key).ToRpcException();
    }

    /// <summary>The last switch of each service.</summary>
    /// <exception cref="RpcException">A field is wrong, or the state does not reach <c>min_sequence</c> in time.</exception>
    public async Task<V1.BlueGreenList> ListBlueGreenAsync(V1.ListDeliveriesRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var @namespace = Namespace(request.Namespace, faults);
        var state = await reads.ReadAsync(request.MinSequence, faults, cancellationToken).ConfigureAwait(false);
        return AnswerMessages.Fill(new V1.BlueGreenList(), DeliveryReading.Switches(state, @namespace),
            TrafficJson.Default.BlueGreenListAnswer);
    }

    private static string? Namespace(string text, Faults faults) => text is "" or "*" ? null : Labels.Read(text, "namespace", null, faults);
}
