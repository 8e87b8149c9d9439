using Mesh.Kernel.State;

namespace Mesh.Kernel.Reconciling;

/// <summary>
/// Looks at the state (and at what it has observed of the world) and issues the commands that are missing (Flow step 8). Level-triggered:
/// it learns that something about a resource may have changed, never what; it is called for one resource at a time, again after a failure,
/// and for every resource now and then. Doing nothing where all is well is its usual work.
/// </summary>
public interface IReconciler
{
    /// <summary>Lower-case name, such as <c>discovery-defaults</c>; the actor of its commands is <c>reconciler:name</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Whether its commands report what the world does, not what the log says (probe verdicts, resolved addresses). Such a one is slowed
    /// down where others would be parked for sending too much: its next report holds all that happened meanwhile.
    /// </summary>
    bool ReportsObservations => false;

    /// <summary>Every resource it looks after.</summary>
    IEnumerable<string> Resources(MeshState state);

    /// <summary>The resource that a changed log stream concerns, or null.</summary>
    string? ResourceOf(string stream, MeshState state);

    /// <summary>Sends what is missing for one resource. Throwing means: again, after a while.</summary>
    /// <returns>When to look again without being asked; null for not before something changes or the next sweep.</returns>
    ValueTask<TimeSpan?> ReconcileAsync(ReconcileContext context, CancellationToken cancellationToken);
}
