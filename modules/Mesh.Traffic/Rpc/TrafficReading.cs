using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Read;
using Mesh.Traffic.State;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Traffic.Rpc;

/// <summary>
/// The reading half of <c>cdaprod.mesh.v1.Traffic</c>, from whatever state the process holds: a Registry's own or a replica.
/// </summary>
public sealed class TrafficReading(StateReads reads)
{
    /// <summary>Routes, in the order in which they are tried.</summary>
    /// <exception cref="RpcException">A field is wrong, or the state does not reach <c>min_sequence</c> in time.</exception>
    public async Task<V1.RouteList> ListAsync(V1.ListRoutesRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var filter = RouteFilter.Of(request.Namespace, request.Service, faults);
        var state = await reads.ReadAsync(request.MinSequence, faults, cancellationToken).ConfigureAwait(false);
        return AnswerMessages.Fill(new V1.RouteList(), RouteAnswers.ToList(state, filter),
            TrafficJson.Default.RouteListAnswer);
    }

    /// <summary>The policy of a service.</summary>
    /// <exception cref="RpcException">
    /// A field is wrong, there is no such policy, or the state does not reach <c>min_sequence</c> in time.
    /// </exception>
    public async Task<V1.TrafficPolicy> GetPolicyAsync(V1.TrafficPolicyRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var named = TrafficRpc.Key(request.Service, request.Namespace, faults);
        var state = await reads.ReadAsync(request.MinSequence, faults, cancellationToken).ConfigureAwait(false);
        var key = named.GetValueOrDefault();
        return state.Facts<TrafficState>().Find(key)?.Policy is { } policy
            ? AnswerMessages.Fill(new V1.TrafficPolicy(), PolicyAnswers.Of(policy),
                TrafficJson.Default.TrafficPolicyAnswer)
            : throw Refusal.Of(RefusalKind.NotFound, "service", "unknown-policy", $"{key} has no traffic policy.").ToRpcException();
    }
}
