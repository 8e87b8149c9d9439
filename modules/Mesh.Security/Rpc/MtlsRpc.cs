using Google.Protobuf;
using Grpc.Core;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Security.Mtls;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Security.Rpc;

/// <summary>Writes of mutual TLS modes as <see cref="SecurityRpc"/> takes them (Flow step 1).</summary>
internal sealed class MtlsRpc(ICommandBus bus, MtlsRequests requests)
{
    public async Task<V1.MtlsModeReply> SetAsync(V1.SetMtlsModeRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var (scope, mode) = MtlsInput.Read(JsonFields.Of(request, faults), faults);
        var (wish, refusal) = await requests.SetAsync(scope, mode, faults, context.CancellationToken).ConfigureAwait(false);
        if (refusal is not null) throw refusal.ToRpcException();
        return await SendAsync(wish, request, context, faults).ConfigureAwait(false);
    }

    public Task<V1.MtlsModeReply> RemoveAsync(V1.RemoveMtlsModeRequest request, ServerCallContext context)
    {
        var faults = new Faults();
        var scope = MtlsInput.Scope(JsonFields.Of(request, faults), faults);
        return SendAsync(MtlsRequests.Remove(scope, faults), request, context, faults);
    }

    private async Task<V1.MtlsModeReply> SendAsync(ValidRequest<MtlsOutcome>? wish, IMessage request, ServerCallContext context,
        Faults faults)
    {
        var (outcome, answer) = await bus.SendAsync(context, request, faults, wish).ConfigureAwait(false);
        return new V1.MtlsModeReply
        {
            Changed = outcome.Changed, Sequence = outcome.Sequence, Revision = answer.Version, Warnings = { answer.Warnings ?? [] },
        };
    }
}
