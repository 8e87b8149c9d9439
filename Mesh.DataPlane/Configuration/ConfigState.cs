using Mesh.DataPlane.Routing;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Configuration;

/// <summary>
/// Takes the control plane's responses in and keeps <see cref="Snapshot"/> up to date. A resource that cannot be read is refused by name and
/// field, and its last good version stays; the others of the same response are taken. Flow step 9.
/// </summary>
/// <param name="wildcard">Whether all services and clusters are asked for, instead of those named.</param>
/// <param name="warmFor">How long new routes wait for their clusters' endpoints.</param>
/// <param name="time">The clock.</param>
public sealed class ConfigState(bool wildcard, TimeSpan warmFor, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly ReceivedConfig _received = new(!wildcard);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SnapshotBuilder? _builder;
    private RoutingSnapshot _snapshot = RoutingSnapshot.Empty;
    private bool _listenersKnown;

    /// <summary>What to route by, now.</summary>
    public RoutingSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Completes when there is a first whole configuration: the services are known and their endpoints have arrived.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Counts the responses taken in; 0 while there was none.</summary>
    public long Revision { get; private set; }

    /// <summary>The control plane's own word for the state its last response came from; empty while there was none.</summary>
    public string SystemVersion { get; private set; } = "";

    /// <summary>Is told of each new snapshot, in order, before the next one can come about.</summary>
    public event Action<RoutingSnapshot>? Changed;

    /// <summary>Takes a response in.</summary>
    /// <returns>What is wrong with it, or nothing.</returns>
    public IReadOnlyList<string> Apply(DeltaDiscoveryResponse response)
    {
        if (XdsTypes.Parse(response.TypeUrl) is not { } type)
            return [$"'{response.TypeUrl}' is no type this data plane has asked for"];

        lock (_gate)
        {
            var faults = new List<string>();
            foreach (var resource in response.Resources)
                faults.AddRange(ResourceIntake.Take(type, resource, _received));
            foreach (var name in response.RemovedResources)
                ResourceIntake.Remove(type, name, _received);

            _listenersKnown |= type == XdsType.Listener;
            if (response.SystemVersionInfo.Length > 0)
                SystemVersion = response.SystemVersionInfo;
            Revision++;
            Publish();
            return faults;
        }
    }

    /// <summary>Lets deadlines take effect.</summary>
    public void Tick()
    {
        lock (_gate)
            Publish();
    }

    /// <summary>The accepted resources' versions of a type, by name.</summary>
    public IReadOnlyDictionary<string, string> Versions(XdsType type)
    {
        lock (_gate)
        {
            return type switch
            {
                XdsType.Listener => _received.Listeners.Versions(),
                XdsType.Cluster => _received.Clusters.Versions(),
                XdsType.ClusterLoadAssignment => _received.Endpoints.Versions(),
                _ => _received.Routes.Versions(),
            };
        }
    }

    /// <summary>All that was accepted, a response for each type, in the order in which it can be taken in again.</summary>
    public IReadOnlyList<DeltaDiscoveryResponse> Export()
    {
        lock (_gate)
        {
            return
            [
                Response(XdsType.Cluster, _received.Clusters.Raw()),
                Response(XdsType.ClusterLoadAssignment, _received.Endpoints.Raw()),
                Response(XdsType.Listener, _received.Listeners.Raw()),
                Response(XdsType.RouteConfiguration, _received.Routes.Raw()),
            ];
        }
    }

    /// <summary>The names of a type that others refer to.</summary>
    internal IReadOnlyList<string> Wanted(XdsType type)
    {
        lock (_gate)
        {
            var interests = InterestsOf(type);
            interests?.Drain();
            return interests is null ? [] : [.. interests.Names];
        }
    }

    /// <summary>What of that has changed since it was last asked.</summary>
    internal (IReadOnlyList<string> Begun, IReadOnlyList<string> Ended) WantedChanges(XdsType type)
    {
        lock (_gate)
            return InterestsOf(type)?.Drain() ?? ([], []);
    }

    private Interests? InterestsOf(XdsType type) => type switch
    {
        XdsType.RouteConfiguration => _received.RouteInterests,
        XdsType.ClusterLoadAssignment => _received.EndpointInterests,
        XdsType.Cluster when !wildcard => _received.ClusterInterests,
        _ => null,
    };

    private DeltaDiscoveryResponse Response(XdsType type, IEnumerable<Resource> resources) =>
        new() { TypeUrl = type.Url(), SystemVersionInfo = SystemVersion, Resources = { resources } };

    private void Publish()
    {
        _builder ??= new SnapshotBuilder(_received, warmFor, time);
        var next = _builder.Build(_snapshot);
        if (!ReferenceEquals(next, _snapshot))
        {
            Volatile.Write(ref _snapshot, next);
            Changed?.Invoke(next);
        }

        if (_listenersKnown && !_ready.Task.IsCompleted && _builder.Warming == 0)
            _ready.TrySetResult();
    }
}
