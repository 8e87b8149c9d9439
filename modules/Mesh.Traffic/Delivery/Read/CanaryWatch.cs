using Mesh.Contracts.Traffic;
using Mesh.Kernel.Loads;
using Mesh.Kernel.State;
using Mesh.Traffic.Delivery.Reconciling;
using Mesh.Traffic.Delivery.State;

namespace Mesh.Traffic.Delivery.Read;

/// <summary>How canaries are doing: for those that run, what a worker would conclude by the windows of this moment.</summary>
public sealed class CanaryWatch(TimeProvider time, ILoadWindows windows)
{
    // A store that hangs must not keep whoever asks waiting: what it would say is left out then.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The last canary of a service.</summary>
    internal async Task<CanaryAnswer> OfAsync(MeshState state, DeliveryState delivery, CancellationToken cancellationToken)
    {
        if (delivery.Running is not { } canary) return DeliveryAnswers.Of(delivery.Canary!, delivery.Version);
        var stable = await ReadAsync(canary.Stable.Cluster, canary.Since, cancellationToken).ConfigureAwait(false);
        var tried = await ReadAsync(canary.Tried.Cluster, canary.Since, cancellationToken).ConfigureAwait(false);
        return DeliveryAnswers.Of(canary, delivery.Version, CanaryJudge.Judge(state, canary, time.GetUtcNow(), stable, tried));
    }

    private async Task<LoadWindow?> ReadAsync(string cluster, DateTimeOffset since, CancellationToken cancellationToken)
    {
        try
        {
            return await windows.ReadAsync(cluster, since, cancellationToken).AsTask()
                .WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
