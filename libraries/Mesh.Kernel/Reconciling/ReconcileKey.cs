namespace Mesh.Kernel.Reconciling;

/// <summary>What is reconciled by whom.</summary>
/// <param name="Reconciler">Name of the reconciler, such as <c>discovery-defaults</c>.</param>
/// <param name="Resource">
/// What it looks after, such as <c>default/echo</c>; decides the shard, so that all work on one resource is one worker's.
/// </param>
public readonly record struct ReconcileKey(string Reconciler, string Resource)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Reconciler}:{Resource}";
}
