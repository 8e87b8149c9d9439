using Grpc.Core;
using Mesh.Contracts.Text;
using Mesh.Contracts.V1;
using Mesh.Kernel.Log;
using Mesh.Kernel.Reconciling.DeadLetters;
using Mesh.Messaging.DeadLetters;

namespace Mesh.Registry.DeadLetters;

/// <summary>Dead letters over gRPC: what workers use.</summary>
internal sealed class DeadLetterService(DeadLetterStore store, DeadLetterMirror mirror) : Contracts.V1.DeadLetters.DeadLettersBase
{
    public override Task<DeadLetterReply> Park(DeadLetter request, ServerCallContext context) => GuardAsync(async () =>
    {
        if (request.Reconciler.Length == 0 || request.Resource.Length == 0)
            throw new RpcException(new Status(StatusCode.InvalidArgument, "A dead letter names its reconciler and its resource."));
        var (letter, added) = await store.ParkAsync(request, context.CancellationToken).ConfigureAwait(false);
        if (added) mirror.Wake();
        return new DeadLetterReply { Changed = added, Item = letter.ToMessage() };
    });

    public override Task<DeadLetterList> List(ListDeadLettersRequest request, ServerCallContext context) => GuardAsync(async () =>
    {
        var letters = await store.ListAsync(context.CancellationToken).ConfigureAwait(false);
        return new DeadLetterList { Items = { letters.Select(letter => letter.ToMessage()) } };
    });

    public override Task<DeadLetterReply> Replay(ReplayDeadLetterRequest request, ServerCallContext context) => GuardAsync(async () =>
        await store.ReplayAsync(request.Id, context.CancellationToken).ConfigureAwait(false) is { } letter
            ? new DeadLetterReply { Changed = true, Item = letter.ToMessage() }
            : throw new RpcException(new Status(StatusCode.NotFound, $"There is no dead letter '{Printable.Of(request.Id)}'.")));

    private static async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (LogStoreException exception)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, exception.Message));
        }
    }
}
