using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Security;
using Mesh.Kernel.Values;
using Mesh.Security.Mtls;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Security.Rpc;

/// <summary>
/// What of <c>cdaprod.mesh.v1.Security</c> reads the log's state, from whatever the process holds: a Registry's own or a replica.
/// </summary>
public sealed class MtlsReading(StateReads reads)
{
    /// <summary>The mutual TLS modes that the filter shows.</summary>
    /// <exception cref="RpcException">A field is wrong, or the state does not reach <c>min_sequence</c> in time.</exception>
    public async Task<V1.MtlsModeList> ListAsync(V1.ListMtlsModesRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults();
        var filter = MtlsFilter.Of(request.Namespace, request.Service, faults);
        var state = await reads.ReadAsync(request.MinSequence, faults, cancellationToken).ConfigureAwait(false);
        return AnswerMessages.Fill(new V1.MtlsModeList(), filter.ToList(state), SecurityJson.Default.MtlsListAnswer);
    }
}
