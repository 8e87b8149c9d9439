using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Values;
using Mesh.Resilience.Read;
using Mesh.Resilience.State;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Resilience.Rpc;

/// <summary>
/// The reading half of <c>cdaprod.mesh.v1.Resilience</c>, from whatever state the process holds: a Registry's own or a replica.
/// </summary>
public sealed class ResilienceReading(StateReads reads)
{
    /// <summary>The policies that the filter lets through.</summary>
    /// <exception cref="RpcException">A field is wrong, or the state does not reach <c>min_sequence</c> in time.</exception>
    public async Task<V1.PolicyList> ListAsync(V1.ListPoliciesRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var filter = PolicyFilter.Of(request.Namespace, request.Service, request.Kind, faults);
        var state = await reads.ReadAsync(request.MinSequence, faults, cancellationToken).ConfigureAwait(false);
        return AnswerMessages.Fill(new V1.PolicyList(), PolicyAnswers.ToList(state.Facts<ResilienceState>(), state.Sequence, filter),
            RestJson.Default.PolicyListAnswer);
    }
}
