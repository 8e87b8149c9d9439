using System.Collections.Immutable;
using Mesh.Contracts.Waiting;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// Asks the modules what one client gets for itself, and tells when to ask again though the state is the same. Flow step 7.
/// </summary>
public sealed class NodeContributors
{
    private readonly ImmutableArray<IXdsNodeContributor> _all;
    private readonly ILogger<NodeContributors> _logger;
    private readonly Signal _moved = new();
    private long _revision;

    public NodeContributors(IEnumerable<IXdsNodeContributor> contributors, ILogger<NodeContributors> logger)
    {
        (_all, _logger) = ([.. contributors.OrderBy(c => c.Order)], logger);
        foreach (var contributor in _all) contributor.Changed += Move;
    }

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _all.IsEmpty;

    /// <summary>Counts the changes that no state shows.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Ends when there is a revision above <paramref name="revision"/>.</summary>
    public Task MoreThanAsync(long revision)
    {
        // The task is taken first, so that a change between the two reads is not missed.
        var moved = _moved.Next;
        return Revision > revision ? Task.CompletedTask : moved;
    }

    /// <summary>What a client's own resources depend on; null where a contributor failed, which leaves all as it was.</summary>
    internal ImmutableArray<object?>? Shapes(MeshState state, XdsNode node) =>
        Try<ImmutableArray<object?>?>(node, () => [.. _all.Select(c => c.Shape(state, node))]);

    /// <summary>A client's own resources; null where they cannot be drafted, which leaves the last good ones in place.</summary>
    internal IReadOnlyCollection<XdsResource>? Draft(MeshState state, XdsNode node, IEnumerable<XdsResource> declared)
    {
        return Try<IReadOnlyCollection<XdsResource>>(node, () =>
        {
            var draft = new XdsNodeDraft(state, node, declared);
            foreach (var contributor in _all) contributor.Configure(draft);
            if (draft.Problems.Count == 0) return draft.Resources;
            _logger.NotDrafted(node.Id, string.Join("; ", draft.Problems));
            return null;
        });
    }

    // A contributor may be anybody's: whatever it throws concerns this client alone. What it says may quote a secret.
    private T? Try<T>(XdsNode node, Func<T?> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            _logger.NotDrafted(node.Id, exception.GetType().Name);
            return default;
        }
    }

    private void Move()
    {
        Interlocked.Increment(ref _revision);
        _moved.Set();
    }
}
