using Mesh.Kernel.Log;

namespace Mesh.Kernel.State;

/// <summary>
/// The current state and its changes: in a Registry the writer publishes it, elsewhere the replica (Flow step 5). Every state that is
/// published stands at the end of a whole command.
/// </summary>
public interface IStateSource
{
    /// <summary>The newest published state.</summary>
    MeshState Current { get; }

    /// <summary>Waits until the published state has reached <paramref name="sequence"/>.</summary>
    /// <exception cref="OperationCanceledException">The token ended first.</exception>
    ValueTask<MeshState> WaitForAsync(long sequence, CancellationToken cancellationToken);

    /// <summary>
    /// Attaches a subscriber: state and later changes in one step, nothing between. The subscriber is latest-wins: what happens while it is
    /// busy is handed over as one change, with all touched streams.
    /// </summary>
    StateSubscription Subscribe();
}

/// <summary>What has happened since a subscriber last asked.</summary>
/// <param name="State">The newest state.</param>
/// <param name="Streams">Every stream touched since; empty with <paramref name="Reset"/>.</param>
/// <param name="Reset">The state does not continue what was seen before (first call, another log, rebuilt): look at everything.</param>
/// <param name="Causes">The last entries behind the change, at most 256, for trace links.</param>
public sealed record StateChange(MeshState State, IReadOnlySet<string> Streams, bool Reset, IReadOnlyList<LogEntry> Causes);
