using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Discovery.Read;

/// <summary>Tells, beside a command's entries, what discovery knows of each service that it touched (Flow step 4).</summary>
public sealed class DiscoveryNotifications : INotificationSource
{
    private const string IdSuffix = "discovery-updated";

    /// <inheritdoc/>
    public IEnumerable<Notification> NotificationsOf(IReadOnlyList<LogEntry> command, MeshState state)
    {
        var causes = new Dictionary<ServiceKey, LogEntry>();
        foreach (var entry in command)
        {
            if (DiscoveryStreams.KeyOf(entry.Stream) is { } key) causes[key] = entry;
        }

        return causes.Select(cause => Of(cause.Key, cause.Value, state));
    }

    private static Notification Of(ServiceKey key, LogEntry cause, MeshState state)
    {
        var instances = state.Facts<DiscoveryState>().Find(key)?.Instances ?? [];
        var updated = new ServiceDiscoveryUpdated(key.Namespace, key.Name, Math.Max(cause.Sequence, state.Sequence),
            ImmutableArray.CreateRange(instances, Of));
        return new Notification(cause, IdSuffix, ServiceDiscoveryUpdated.EventType, DiscoveryStreams.Intent(key),
            JsonSerializer.SerializeToUtf8Bytes(updated, ServiceDiscoveryUpdated.JsonType));
    }

    private static DiscoveredInstance Of(InstanceState instance) => new()
    {
        Id = instance.Id,
        Address = instance.Spec.Address,
        Port = instance.Spec.Port,
        Protocol = instance.Spec.Protocol,
        Version = instance.Spec.Version,
        Zone = instance.Spec.Zone,
        Weight = instance.Spec.Weight,
        Health = instance.Status.Health,
        Mode = instance.Spec.Mode,
        Routable = instance.Routable,
    };
}
