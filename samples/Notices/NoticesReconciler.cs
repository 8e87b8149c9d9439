using Mesh.Kernel.Catalog;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.State;

namespace Notices;

/// <summary>Confirms notices on services that exist, which another module knows.</summary>
public sealed class NoticesReconciler : IReconciler
{
    /// <inheritdoc/>
    public string Name => "notices-confirm";

    /// <inheritdoc/>
    public IEnumerable<string> Resources(MeshState state) =>
        NoticesState.Of(state).All.Values.Where(notice => !notice.Confirmed).Select(notice => notice.Key.ToString());

    /// <inheritdoc/>
    public string? ResourceOf(string stream, MeshState state) =>
        (NoticesState.KeyOf(stream) ?? state.TryFacts<IServiceCatalog>()?.KeyOf(stream))?.ToString();

    /// <inheritdoc/>
    public async ValueTask<TimeSpan?> ReconcileAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (NoticesState.KeyOf($"notices/{context.Resource}") is not { } key
            || NoticesState.Of(context.State).All.GetValueOrDefault(key) is not { Confirmed: false }) return null;
        if (context.State.TryFacts<IServiceCatalog>()?.Find(key) is null) return null;
        await context.SendAsync(
            new CommandCall<V1.NoticeReply>
            {
                StreamsRead = [NoticesState.StreamOf(key)],
                Outcome = "confirm",
                SequenceOf = reply => reply.Sequence,
                Start = (invoker,
                    call) => new V1.NoticeStatus.NoticeStatusClient(invoker).ConfirmAsync(
                        new V1.NoticeConfirmation { Namespace = key.Namespace, Service = key.Name }, call),
            },
            cancellationToken).ConfigureAwait(false);
        return null;
    }
}
