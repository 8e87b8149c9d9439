using Grpc.Core;
using Mesh.Api.Rpc;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Rpc;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Traffic.Rollouts;

/// <summary>
/// The gRPC service <c>cdaprod.mesh.v1.RolloutStatus</c>: what workers have concluded becomes decisions here (Flow step 8).
/// </summary>
public sealed class RolloutStatusRpc(ICommandBus bus) : V1.RolloutStatus.RolloutStatusBase
{
    /// <inheritdoc/>
    public override async Task<V1.TrafficWriteReply> Report(V1.RolloutVerdict request, ServerCallContext context)
    {
        var faults = new Faults();
        var key = TrafficRpc.Key(request.Service, request.Namespace, faults);
        var valid = RolloutVerdicts.Read(
            key, NullIfEmpty(request.Id), request.Verdict, request.Percent, NullIfEmpty(request.Node), NullIfEmpty(request.Reason), faults);
        var (outcome, answer) = await bus.SendAsync(context, request, faults, valid).ConfigureAwait(false);
        return new V1.TrafficWriteReply { Changed = outcome.Changed, Sequence = outcome.Sequence, Revision = answer.Version };
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
