using System.Collections.Frozen;

namespace Mesh.Kernel.Reconciling;

/// <summary>The reconcilers of this process, by name.</summary>
public sealed class ReconcilerSet
{
    private readonly FrozenDictionary<string, IReconciler> _byName;

    /// <summary>A set of these.</summary>
    /// <exception cref="InvalidOperationException">Two have one name.</exception>
    public ReconcilerSet(IEnumerable<IReconciler> reconcilers)
    {
        All = [.. reconcilers];
        if (All.GroupBy(reconciler => reconciler.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidOperationException(
                $"Two reconcilers are named '{twice.Key}': {string.Join(", ", twice.Select(one => one.GetType()))}.");
        _byName = All.ToFrozenDictionary(reconciler => reconciler.Name, StringComparer.Ordinal);
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<IReconciler> All { get; }

    /// <summary>The one with this name, null if this process has none.</summary>
    public IReconciler? Find(string name) => _byName.GetValueOrDefault(name);
}
