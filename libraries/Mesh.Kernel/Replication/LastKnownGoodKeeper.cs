using Microsoft.Extensions.Hosting;

namespace Mesh.Kernel.Replication;

/// <summary>Renews the last-known-good copy as long as a Registry has confirmed the state (Flow step 5).</summary>
internal sealed class LastKnownGoodKeeper(IMeshReplica replica, ILastKnownGood copy, ReplicaOptions options, TimeProvider time)
    : BackgroundService
{
    // A copy is of the whole state: with 50,000 services it takes most of a second. Whatever it takes, it is to take no more than a
    // twentieth of the time.
    private const int RestPerSave = 19;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var discards = 0;
        try
        {
            await replica.WaitForStateAsync(stoppingToken).ConfigureAwait(false);
            while (true)
            {
                var (state, status) = (replica.Current, replica.Status);
                var begun = time.GetTimestamp();
                if (status is { Attached: true, LastKnownGood: false })
                {
                    if (status.Discards != discards) await copy.ForgetBeyondAsync(state.Position, stoppingToken).ConfigureAwait(false);
                    discards = status.Discards;

                    // Offered each time, moved or not: Redis may have lost its copy meanwhile.
                    await copy.SaveAsync(state, stoppingToken).ConfigureAwait(false);
                }

                var rest = RestPerSave * time.GetElapsedTime(begun);
                await Task.Delay(rest > options.LastKnownGoodEvery ? rest : options.LastKnownGoodEvery, time,
                    stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }
}
