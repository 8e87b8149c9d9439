using Mesh.ControlPlane.Settings;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;
using Microsoft.Extensions.Options;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// Whether a name that is not in the snapshot does not exist: a registration that was answered is in the log, and here milliseconds later.
/// A client that is told too early that there is no such service fails its calls for seconds (gRPC C-core reads what follows only when its
/// poller runs, every 5 s). Flow step 7.
/// </summary>
internal sealed class AbsenceCheck(ILogHead log, SnapshotHub hub, TimeProvider time, IOptions<ControlPlaneOptions> options)
{
    /// <summary>
    /// Ends when the newest snapshot is level with a head that was read after this call; also when that takes too long, or no Registry
    /// answers: then what is here is all there is.
    /// </summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(options.Value.AbsentAfter, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            if (await log.ReadAsync(either.Token) is { } head) await hub.FirstAsync(snapshot => IsLevel(snapshot, head), either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Late: the client is answered all the same.
        }
    }

    private static bool IsLevel(XdsSnapshot snapshot, LogPosition head) =>
        snapshot.Position is { } own && own.Log == head.Log && own.Sequence >= head.Sequence;
}
