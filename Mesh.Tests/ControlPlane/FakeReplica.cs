using System.Collections.Immutable;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Resilience.State;
using Mesh.Security.State;
using Mesh.Traffic.State;

namespace Mesh.Tests.ControlPlane;

/// <summary>A replica that a test feeds with events.</summary>
internal sealed class FakeReplica : IMeshReplica
{
    public static readonly LogIdentity Log = new(Guid.Parse("0198a000-0000-7000-8000-000000000002"), 1);
    private readonly StateFolder _folder = new([new DiscoveryFold(), new ResilienceFold(), new TrafficFold(), new SecurityFold()]);
    private readonly StatePublisher _publisher;
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, long> _versions = [];
    private volatile ReplicaStatus _status = new();

    public FakeReplica(bool ready = true)
    {
        _publisher = new StatePublisher(_folder.Empty(Log));
        Head = new FakeHead(() => Current.Position);
        if (ready) BecomeReady();
    }

    public FakeHead Head { get; }

    public MeshState Current => _publisher.Current;

    public ReplicaStatus Status
    {
        get => _status;
        set => _status = value;
    }

    public void BecomeReady(bool lastKnownGood = false)
    {
        Status = new ReplicaStatus
        {
            Log = Log,
            Sequence = Current.Sequence,
            KnownHead = Current.Sequence,
            Attached = !lastKnownGood,
            LastKnownGood = lastKnownGood,
        };
        _first.TrySetResult();
    }

    public ValueTask<MeshState> WaitForAsync(long sequence, CancellationToken cancellationToken) =>
        _publisher.WaitForAsync(sequence, cancellationToken);

    public StateSubscription Subscribe() => _publisher.Subscribe();

    public async ValueTask<MeshState> WaitForStateAsync(CancellationToken cancellationToken)
    {
        await _first.Task.WaitAsync(cancellationToken);
        return Current;
    }

    public MeshState Register(string service, string address, int port = 80, string zone = "", int weight = 100, string version = "",
        InstanceMode mode = InstanceMode.Active, MeshProtocol protocol = MeshProtocol.Http, string? id = null, string? traceParent = null,
        string ns = "default", TimeSpan age = default)
    {
        var instance = id ?? $"{service}-{address}-{port}";
        var spec = new InstanceSpec
        {
            Namespace = ns, Service = service, InstanceId = instance, Address = address, Port = port, Zone = zone, Weight = weight,
            Version = version,
            Mode = mode, Protocol = protocol,
        };
        return Append(NewEvent.Of(DiscoveryStreams.Registration(new ServiceKey(ns, service), instance), new ServiceRegistered(spec, 1)),
            traceParent, age);
    }

    public MeshState Deregister(string service, string address, int port = 80) => Append(NewEvent.Of(
        DiscoveryStreams.Registration(new ServiceKey("default", service), $"{service}-{address}-{port}"),
        new ServiceDeregistered("default", service, $"{service}-{address}-{port}", "requested")));

    public MeshState Health(string service, string address, HealthState health, int port = 80,
        ImmutableArray<string> addresses = default) => Append(NewEvent.Of(
        DiscoveryStreams.Status(new ServiceKey("default", service)),
        new InstanceHealthChanged("default", service,
            [new InstanceStatus
            {
                InstanceId = $"{service}-{address}-{port}",
                Health = health,
                Since = DateTimeOffset.UnixEpoch,
                Addresses = addresses,
            }], false)));

    public MeshState Resolve(string service, string host, params string[] addresses) => Append(NewEvent.Of(
        DiscoveryStreams.Status(new ServiceKey("default", service)),
        new AddressesResolved("default", service, [new ResolvedAddress($"{service}-{host}-80", host, [.. addresses])])));

    public MeshState KeepSettings(string service) => Append(NewEvent.Of(
        DiscoveryStreams.Intent(new ServiceKey("default", service)),
        new ServiceSettingsChanged("default", service, new ServiceSettings { EmptyPushProtection = false })));

    /// <summary>The state is found to belong to another past, as after a truncated log.</summary>
    public void Discard(MeshState state)
    {
        _publisher.Publish(state, [], reset: true);
        if (_status.HasState) Status = _status with { Sequence = state.Sequence, KnownHead = state.Sequence };
    }

    public MeshState Append(NewEvent written, string? traceParent = null, TimeSpan age = default)
    {
        var stream = written.Stream;
        var version = _versions[stream] = _versions.GetValueOrDefault(stream) + 1;
        var entry = new LogEntry
        {
            Log = Log, Sequence = Current.Sequence + 1, Stream = stream, StreamVersion = version, EventId = Guid.CreateVersion7(),
            Type = written.Type,
            Time = TimeProvider.System.GetUtcNow() - age, Actor = "user:test", CommandId = Guid.CreateVersion7(), Index = 0, Count = 1,
            Data = written.Data,
            DataHash = EntryHash.OfData(written.Data.Span), TraceParent = traceParent,
        };
        var state = _folder.Apply(Current, [entry]);
        _publisher.Publish(state, [entry]);
        if (_status.HasState) Status = _status with { Sequence = state.Sequence, KnownHead = state.Sequence };
        return state;
    }
}
