using System.Collections.Immutable;
using Mesh.Contracts.Discovery;
using Mesh.Kernel.Catalog;

namespace Mesh.Discovery.State;

/// <summary>One service: settings, given defaults, instances. Immutable.</summary>
public sealed record ServiceState
{
    private ServiceView? _view;

    /// <summary>A service without anything.</summary>
    public ServiceState()
    {
    }

    // The view belongs to one state; a copy makes its own.
    private ServiceState(ServiceState other)
    {
        Key = other.Key;
        Version = other.Version;
        Settings = other.Settings;
        DefaultsOf = other.DefaultsOf;
        Instances = other.Instances;
    }

    /// <summary>Namespace and name.</summary>
    public required ServiceKey Key { get; init; }

    /// <summary>Sequence of the last entry of its intent or of any of its registrations, never of its status: its ETag.</summary>
    public long Version { get; init; }

    /// <summary>What an operator has set; null for nothing.</summary>
    public ServiceSettings? Settings { get; init; }

    /// <summary>Modules that have given the service its defaults, in the order in which they did.</summary>
    public ImmutableArray<string> DefaultsOf { get; init; } = [];

    /// <summary>Ordered by id (ordinal).</summary>
    public ImmutableArray<InstanceState> Instances { get; init; } = [];

    /// <summary>Whether the service is to be listed: it has instances, or settings of its own.</summary>
    public bool Exists => !Instances.IsEmpty || Settings is not null;

    /// <summary>Whether there is nothing about it worth keeping.</summary>
    public bool IsNothing => !Exists && DefaultsOf.IsEmpty;

    /// <summary>Whether empty-push protection is on.</summary>
    public bool EmptyPushProtection => Settings?.EmptyPushProtection ?? true;

    /// <summary>The service as other modules see it.</summary>
    public ServiceView View => _view ??= new ServiceView
    {
        Key = Key,
        Protocol = Instances.IsEmpty ? MeshProtocol.Http : Instances.MinBy(instance => instance.FirstSequence)!.Spec.Protocol,
        Instances = ImmutableArray.CreateRange(Instances, instance => instance.View),
    };

    /// <summary>Index of the instance, or the complement of where it would stand.</summary>
    public int IndexOf(string instanceId)
    {
        int low = 0, high = Instances.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = string.CompareOrdinal(Instances[middle].Id, instanceId);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }

    /// <summary>The instance, or null.</summary>
    public InstanceState? Find(string instanceId) => IndexOf(instanceId) is var index && index >= 0 ? Instances[index] : null;

    /// <summary>The instance at an address, or null.</summary>
    public InstanceState? FindAt(string address, int port)
    {
        foreach (var instance in Instances)
        {
            if (instance.Spec.Port == port && instance.Spec.Address == address) return instance;
        }

        return null;
    }
}
