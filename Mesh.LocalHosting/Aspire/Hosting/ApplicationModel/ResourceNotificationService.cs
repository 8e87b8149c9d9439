using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What every resource is at, and every change of it.</summary>
public sealed class ResourceNotificationService
{
    private const int MostUnread = 1_024;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceEvent> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ChannelWriter<ResourceEvent>> _watchers = [];

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, change => change.Snapshot.IsHealthy, cancellationToken);

    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, change => change.Snapshot.State == (targetState ?? KnownResourceStates.Running), cancellationToken);

    public async Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var change in WatchAsync(cancellationToken))
        {
            if (string.Equals(change.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase) && predicate(change))
                return change;
        }

        throw new OperationCanceledException($"The application ended before '{resourceName}' came to what was waited for.");
    }

    /// <summary>Every resource's present state, then each change.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Someone who reads that slowly wants the newest.
        var changes = Channel.CreateBounded<ResourceEvent>(new BoundedChannelOptions(MostUnread) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_lock)
        {
            foreach (var present in _current.Values)
                changes.Writer.TryWrite(present);
            _watchers.Add(changes.Writer);
        }

        try
        {
            await foreach (var change in changes.Reader.ReadAllAsync(cancellationToken))
                yield return change;
        }
        finally
        {
            lock (_lock)
                _watchers.Remove(changes.Writer);
        }
    }

    internal void Publish(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        lock (_lock)
        {
            var before = _current.GetValueOrDefault(resource.Name)?.Snapshot ?? new CustomResourceSnapshot(KnownResourceStates.NotStarted, false, null, 0);
            var after = change(before);
            if (after == before && _current.ContainsKey(resource.Name))
                return;
            var published = new ResourceEvent(resource, resource.Name, after);
            _current[resource.Name] = published;
            foreach (var watcher in _watchers)
                watcher.TryWrite(published);
        }
    }
}
