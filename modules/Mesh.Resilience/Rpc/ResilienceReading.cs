using Grpc.Core;
using Mesh.Kernel.Http;
using Mesh.Resilience.Read;
using Mesh.Resilience.State;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Resilience.Rpc;

/// <summary>The reading half of <c>cdaprod.mesh.v1.Resilience</c>, from whatever state the process holds: a Registry's own or a replica.</summary>
public sealed class ResilienceReading(StateReads reads)
{
    /// <summary>The policies that the filter lets through.</summary>
    /// <exception cref="RpcException">A field is wrong, or the state does not reach <c>min_sequence</c> in time.</exception>
    public async Task<V1.PolicyList> ListAsync(V1.ListPoliciesRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var filter = PolicyFilter.Of(request.Namespace, request.Service, request.Kind, faults);
        if (request.MinSequence < 0) faults.Add("min_sequence", "out-of-range", "A sequence is not negative.");
        if (faults.ToRefusal() is { } invalid) throw invalid.ToRpcException();
        var (state, refusal) = await reads.ReadAsync(new ReadDemand(request.MinSequence, false), cancellationToken).ConfigureAwait(false);
        return state is null ? throw refusal!.ToRpcException() : RpcAnswers.ToList(state.Facts<ResilienceState>(), state.Sequence, filter);
    }
}
