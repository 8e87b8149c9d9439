using Microsoft.Extensions.Hosting;

namespace Mesh.Kernel.Replication;

/// <summary>Renews the last-known-good copy while the state moves and a Registry stands behind it.</summary>
internal sealed class LastKnownGoodKeeper(IMeshReplica replica, ILastKnownGood copy, ReplicaOptions options, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var discards = 0;
        Log.LogPosition? saved = null;
        try
        {
            using var subscription = replica.Subscribe();
            while (true)
            {
                await subscription.NextAsync(stoppingToken).ConfigureAwait(false);
                var (state, status) = (replica.Current, replica.Status);
                if (status.Discards != discards && status.Attached)
                {
                    await copy.ForgetBeyondAsync(state.Position, stoppingToken).ConfigureAwait(false);
                    discards = status.Discards;
                }

                if (status is not { HasState: true, Attached: true, LastKnownGood: false } || state.Position == saved) continue;
                if (await copy.SaveAsync(state, stoppingToken).ConfigureAwait(false)) saved = state.Position;
                await Task.Delay(options.LastKnownGoodEvery, time, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }
}
