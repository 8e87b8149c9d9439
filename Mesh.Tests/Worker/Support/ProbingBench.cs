using System.Collections.Concurrent;
using System.Collections.Immutable;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.V1;
using Mesh.Discovery.Addresses;
using Mesh.Discovery.Health;
using Mesh.Discovery.Probing;
using Mesh.Discovery.Probing.Addresses;
using Mesh.Discovery.Probing.Leases;
using Mesh.Discovery.Probing.Probes;
using Mesh.Discovery.Probing.Scheduling;
using Mesh.Discovery.Settings;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Leases;
using Mesh.Kernel.Log;
using Mesh.Kernel.Reconciling.Sharding;
using Mesh.Tests.Kernel.Reconciling.Support;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Tests.Worker.Support;

/// <summary>
/// Discovery's part of a worker on a clock of the test: probes answer as the test says, and the Registry's side is the real decision on the
/// same state.
/// </summary>
public sealed class ProbingBench : IAsyncDisposable
{
    private readonly List<BackgroundService> _services = [];
    private readonly ProbeTable _probes = new();
    private readonly HostTable _hosts = new();

    public ProbingBench(ProbingOptions? options = null, ShardSet? owned = null)
    {
        Engine = new EngineBench(new DiscoveryFold(), Decide, owned: owned);
        Options = options ?? new ProbingOptions();
        Watch = new LeaseWatch(Leases);
    }

    public EngineBench Engine { get; }
    public ProbingOptions Options { get; }
    public TestProber Prober { get; } = new();
    public TestLookup Lookup { get; } = new();
    public TestLeases Leases { get; } = new();
    public LeaseWatch Watch { get; }
    public ProbeTable Probes => _probes;
    public HostTable Hosts => _hosts;
    public DiscoveryState State => Engine.Replica.Current.Facts<DiscoveryState>();

    public static InstanceSpec Spec(string id, string service = "echo", HealthCheckSpec? check = null, string address = "127.0.0.1",
        int ttl = 0, int port = 80) => new()
    {
        Namespace = "default",
        Service = service,
        InstanceId = id,
        Address = address,
        Port = port,
        Protocol = MeshProtocol.Http,
        HealthCheck = check,
        TtlSeconds = ttl,
    };

    public static HealthCheckSpec Check(int intervalMs = 1_000, int rise = 2, int fall = 3, int deregisterAfter = 0) =>
        new()
        {
            Kind = HealthCheckKind.Http,
            IntervalMs = intervalMs,
            Rise = rise,
            Fall = fall,
            DeregisterAfterCriticalMs = deregisterAfter,
        };

    public InstanceState Instance(string id, string service = "echo") =>
        State.Find(new ServiceKey("default", service))?.Find(id) ?? throw new InvalidOperationException($"There is no {service}/{id}.");

    public void Register(params InstanceSpec[] specs)
    {
        foreach (var spec in specs)
        {
            var key = new ServiceKey(spec.Namespace, spec.Service);
            var stream = DiscoveryStreams.Registration(key, spec.InstanceId);
            Engine.Replica.Commit(0, NewEvent.Of(stream, new ServiceRegistered(spec, Engine.Replica.Current.Stream(stream).Version + 1)));
        }
    }

    public void Update(InstanceSpec spec)
    {
        var stream = DiscoveryStreams.Registration(new(spec.Namespace, spec.Service), spec.InstanceId);
        Engine.Replica.Commit(0, NewEvent.Of(stream, new ServiceUpdated(spec, Engine.Replica.Current.Stream(stream).Version + 1)));
    }

    public void Deregister(string id, string service = "echo") => Engine.Replica.Commit(
        0, NewEvent.Of(DiscoveryStreams.Registration(new("default", service), id),
            new ServiceDeregistered("default", service, id, "requested")));

    public async Task Start()
    {
        var wrapped = Microsoft.Extensions.Options.Options.Create(Options);
        var services = new OwnedServices(Engine.Replica, Engine.Shards);
        _services.Add(new ProbeScheduler(_probes, services, Prober, Engine.Trigger, Engine.Time, wrapped));
        _services.Add(new HostResolver(_hosts, services, Lookup, Engine.Trigger, Engine.Time, wrapped, NullLogger<HostResolver>.Instance));
        _services.Add(new LeaseExpirer(
            Leases, Watch, Engine.Replica, Engine.Shards, Engine.Trigger, Engine.Time, wrapped,
            Microsoft.Extensions.Options.Options.Create(Engine.Options), NullLogger<LeaseExpirer>.Instance));
        await Engine.Start(new HealthReporter(_probes, Watch, Engine.Time), new AddressReporter(_hosts), new CriticalReaper(Engine.Time),
            new DefaultsGiver());
        foreach (var service in _services) await service.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits for a condition while the clock runs on.</summary>
    public Task Until(Func<bool> condition, string because, double stepMs = 50) =>
        Engine.Until(condition, because, TimeSpan.FromMilliseconds(stepMs));

    /// <summary>Lets the clock run on for a while, in small steps.</summary>
    public async Task Pass(TimeSpan span, double stepMs = 100)
    {
        var until = Engine.Time.GetUtcNow() + span;
        await Engine.Until(() => Engine.Time.GetUtcNow() >= until, "time passes", TimeSpan.FromMilliseconds(stepMs));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services)
        {
            await service.StopAsync(CancellationToken.None);
            service.Dispose();
        }

        await Engine.DisposeAsync();
    }

    private object Decide(SeenCall call)
    {
        ICommand command = call.Request switch
        {
            ReportHealthRequest health =>
                new ReportHealth(new(health.Namespace, health.Name), [.. health.Verdicts.Select(verdict => new HealthVerdict(
                verdict.InstanceId, verdict.Incarnation, Enum.Parse<VerdictSource>(verdict.Source, true),
                Enum.Parse<HealthState>(verdict.Health, true), verdict.Detail))]),
            ReportAddressesRequest addresses => new ReportAddresses(
                new(addresses.Namespace, addresses.Name),
                addresses.Hosts.ToImmutableDictionary(host => host.Host, host => host.Addresses.ToImmutableArray())),
            ExpireCriticalRequest expire => new ExpireCritical(new(expire.Namespace, expire.Name)),
            ApplyDefaultsRequest defaults => new ApplyDefaults(new(defaults.Namespace, defaults.Name), defaults.Module),
            _ => throw new NotSupportedException(call.Method),
        };
        lock (_services)
        {
            var state = Engine.Replica.Current;
            var decision = command.Decide(state, new DecisionContext(Engine.Replica.Now, "test", state.Sequence + 1));
            if (decision.Events.Count > 0) Engine.Replica.Commit(0, decision.Events);
            return new StatusReply { Changed = decision.Events.Count > 0, Sequence = Engine.Replica.Current.Sequence };
        }
    }
}

/// <summary>Answers probes as the test says.</summary>
public sealed class TestProber : IProber
{
    private readonly ConcurrentDictionary<string, ProbeResult> _results = new();

    public ConcurrentQueue<string> Probed { get; } = new();

    public void Answer(string id, ProbeResult result) => _results[id] = result;

    /// <summary>What every probe waits for before it answers; nothing if null.</summary>
    public Task? Until { get; set; }

    public int Count(string id) => Probed.Count(one => one == id);

    public async Task<ProbeResult> ProbeAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        Probed.Enqueue(target.InstanceId);
        if (Until is { } release) await release.WaitAsync(cancellationToken);
        return _results.GetValueOrDefault(target.InstanceId, ProbeResult.Pass);
    }
}

/// <summary>Looks names up in a dictionary of the test.</summary>
public sealed class TestLookup : IHostLookup
{
    public ConcurrentDictionary<string, string[]> Names { get; } = new();

    public ConcurrentDictionary<string, int> Asked { get; } = new();

    /// <summary>Names that never get an answer.</summary>
    public ConcurrentDictionary<string, TaskCompletionSource<System.Net.IPAddress[]>> Hanging { get; } = new();

    public async Task<System.Net.IPAddress[]> LookUpAsync(string host)
    {
        Asked.AddOrUpdate(host, 1, (_, before) => before + 1);
        if (Hanging.TryGetValue(host, out var never)) return await never.Task;
        return Names.TryGetValue(host, out var addresses)
            ? [.. addresses.Select(System.Net.IPAddress.Parse)]
            : throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound);
    }
}

/// <summary>Leases that run out when the test says so.</summary>
public sealed class TestLeases : ILeaseStore
{
    public ConcurrentDictionary<LeaseKey, bool> Expired { get; } = new();

    public ConcurrentDictionary<LeaseKey, bool> Ensured { get; } = new();

    public ConcurrentQueue<LeaseKey> Released { get; } = new();

    public string? Suspended { get; set; }

    /// <summary>A heartbeat between the reading of the list and the second look.</summary>
    public Action<LeaseKey>? BeforeSecondLook { get; set; }

    public ValueTask<bool> RenewAsync(Lease lease, CancellationToken cancellationToken) => new(Expired.TryRemove(lease.Key, out _));

    public ValueTask<bool> ReleaseAsync(LeaseKey key, CancellationToken cancellationToken)
    {
        Expired.TryRemove(key, out _);
        Released.Enqueue(key);
        return new(true);
    }

    public ValueTask<bool> EnsureAsync(IReadOnlyCollection<Lease> leases, CancellationToken cancellationToken)
    {
        foreach (var lease in leases) Ensured[lease.Key] = true;
        return new(true);
    }

    public ValueTask<ExpiredLeases> ReadExpiredAsync(int limit, CancellationToken cancellationToken) =>
        new(new ExpiredLeases(Suspended is null ? [.. Expired.Keys] : [], Suspended));

    public ValueTask<bool> IsExpiredAsync(LeaseKey key, CancellationToken cancellationToken)
    {
        BeforeSecondLook?.Invoke(key);
        return new(Suspended is null && Expired.ContainsKey(key));
    }

    public ValueTask<LeaseTick> TickAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask LeaveAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}
