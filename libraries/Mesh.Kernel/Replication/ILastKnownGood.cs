using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Replication;

/// <summary>Keeps a copy of the state for replicas that start while every Registry is unavailable.</summary>
internal interface ILastKnownGood
{
    /// <summary>The copy of this fold; null if there is none or it cannot be read.</summary>
    ValueTask<MeshState?> LoadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Keeps the state if it is further than the copy: of another log (the caller has asked a Registry), or a higher (Epoch, Sequence).
    /// </summary>
    /// <returns>Whether it was kept; false too where there is nowhere to keep it.</returns>
    ValueTask<bool> SaveAsync(MeshState state, CancellationToken cancellationToken);

    /// <summary>Removes a copy that goes beyond the end of the log: its future was undone.</summary>
    ValueTask ForgetBeyondAsync(LogPosition end, CancellationToken cancellationToken);
}
