using Mesh.Contracts.Waiting;
using Mesh.DataPlane.Loads;
using Mesh.DataPlane.Reading;
using Mesh.DataPlane.Routing;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Configuration;

/// <summary>
/// Takes the control plane's responses in and keeps <see cref="Snapshot"/> up to date. A resource that cannot be read is refused by name
/// and field, and its last good version stays; the others of the same response are taken. Flow step 9.
/// </summary>
/// <param name="wildcard">Whether all services and clusters are asked for, instead of those named.</param>
/// <param name="warmFor">How long new routes wait for their clusters' endpoints.</param>
/// <param name="time">The clock.</param>
public sealed class ConfigState(bool wildcard, TimeSpan warmFor, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly ReceivedConfig _received = new(!wildcard);
    private readonly ConfigReadiness _readiness = new(time);
    private readonly Signal _nextAsked = new();
    private SnapshotBuilder? _builder;
    private RoutingSnapshot _snapshot = RoutingSnapshot.Empty;
    private string _identifier = "";

    /// <summary>
    /// How long a restored configuration waits to be confirmed before it counts as a first one all the same. <value>10 s</value>
    /// </summary>
    public TimeSpan ReadyFromFileAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The services that are asked for in any case.</summary>
    public IReadOnlyCollection<string> Declared { get; init; } = [];

    /// <summary>The secrets that are asked for, by name.</summary>
    public IReadOnlyCollection<string> Secrets
    {
        get => _received.SecretSubscriptions.Names;
        init
        {
            foreach (var name in value)
                _received.SecretSubscriptions.Add(name, "settings");
        }
    }

    /// <summary>The zone this data plane runs in, or null.</summary>
    public string? OwnZone { get; init; }

    /// <summary>The requests that were sent by it.</summary>
    public TallyBook Loads { get; } = new();

    /// <summary>What to route by, now.</summary>
    public RoutingSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>
    /// Completes when there is a first whole configuration: a control plane has sent the services, and their endpoints have arrived; or the
    /// one that was restored has not been confirmed for a while.
    /// </summary>
    public Task Ready => _readiness.Ready;

    /// <summary>
    /// Whether a control plane has sent the services in the life of this process, so that one that is not here does not exist.
    /// </summary>
    public bool Confirmed => _readiness.Confirmed;

    /// <summary>Whether the last good configuration of an earlier process was taken over.</summary>
    public bool Restored => _readiness.Restored;

    /// <summary>Counts the responses taken in; 0 while there was none.</summary>
    public long Revision { get; private set; }

    /// <summary>The control plane's own word for the state its last response came from; empty while there was none.</summary>
    public string SystemVersion { get; private set; } = "";

    /// <summary>
    /// The log that <see cref="SystemVersion"/> is a position of, in the control plane's words; empty if it has not sent one.
    /// </summary>
    public string SeenLog
    {
        get
        {
            lock (_gate)
                return ControlPlaneIdentifier.LogOf(_identifier);
        }
    }

    /// <summary>Takes over what an earlier process has exported. It is routed by at once, but no control plane stands by it yet.</summary>
    /// <param name="responses">What <see cref="Export"/> gave.</param>
    /// <param name="upstreams">The services asked for, which may be fewer than they were; null for all.</param>
    public void Restore(IReadOnlyList<DeltaDiscoveryResponse> responses, IReadOnlyCollection<string>? upstreams = null)
    {
        foreach (var response in responses)
            Apply(response, restored: true, []);
        lock (_gate)
        {
            if (upstreams is not null)
                _received.Narrow(upstreams);
            else if (!wildcard)
                OnDemand.Keep(_received.Listeners.Names.Except(Declared, StringComparer.Ordinal));
            _readiness.MarkRestored();
            Publish();
        }
    }

    /// <summary>Takes a control plane's response in.</summary>
    /// <returns>What is wrong with it, or nothing.</returns>
    public IReadOnlyList<string> Apply(DeltaDiscoveryResponse response) => Apply(response, restored: false, []);

    /// <summary>Takes a control plane's response in.</summary>
    /// <param name="response">The response.</param>
    /// <param name="refused">The names of the resources that were refused.</param>
    /// <returns>What is wrong with it, or nothing.</returns>
    internal IReadOnlyList<string> Apply(DeltaDiscoveryResponse response, out IReadOnlyList<string> refused)
    {
        var names = new List<string>();
        refused = names;
        return Apply(response, restored: false, names);
    }

    private List<string> Apply(DeltaDiscoveryResponse response, bool restored, List<string> refused)
    {
        if (XdsTypes.Parse(response.TypeUrl) is not { } type || _received.ReaderOf(type) is not { } reader
            || (restored && type.IsConfidential))
            return [$"'{response.TypeUrl}' is not a type that this data plane has subscribed to"];

        lock (_gate)
        {
            var faults = new List<string>();
            foreach (var resource in response.Resources)
            {
                var wrong = reader.Take(resource);
                if (wrong.Count > 0)
                    refused.Add(resource.Name);
                faults.AddRange(wrong);
            }

            foreach (var name in response.RemovedResources)
            {
                reader.Remove(name);
                if (type == XdsTypes.Listener)
                    OnDemand.MarkAbsent(name);
            }

            if (type == XdsTypes.Listener && !restored)
                _readiness.MarkListeners();
            if (response.SystemVersionInfo.Length > 0)
                SystemVersion = response.SystemVersionInfo;
            if (response.ControlPlane is { Identifier: { Length: > 0 } identifier })
                _identifier = identifier;
            Revision++;
            Publish();
            Lookups.MarkAnswered(type, response, _snapshot);
            return faults;
        }
    }

    /// <summary>
    /// Has a service asked for that was not declared. The task completes when the control plane has said what it is, or that there is none;
    /// null where so many have been asked for that there is no room for another.
    /// </summary>
    /// <param name="service">Its name on the wire.</param>
    public Task? AskAsync(string service)
    {
        lock (_gate)
        {
            if (wildcard || Declared.Contains(service))
                return Ready;
            var answered = OnDemand.AskAsync(service, out var isNew);
            if (isNew)
                _nextAsked.Set();
            return answered;
        }
    }

    /// <summary>
    /// Has the control plane asked whether there is a service that is not here: it may have been registered this moment. The task completes
    /// when it has answered, and what it has answered is in <see cref="Snapshot"/>; or when no control plane answers for some seconds. Null
    /// where the name is not asked for at all, or so many wait that there is no room for another.
    /// </summary>
    /// <param name="service">Its name on the wire.</param>
    public Task? CheckAsync(string service)
    {
        lock (_gate)
            return wildcard || Declared.Contains(service) || OnDemand.Asks(service) ? AskedAsync(Lookups.ForServiceAsync(service)) : null;
    }

    /// <summary>
    /// Has the control plane asked for the endpoints of a cluster that has none, as <see cref="CheckAsync"/> does for services; null
    /// also for a cluster that is not here.
    /// </summary>
    /// <param name="cluster">Its name.</param>
    public Task? CheckEndpointsAsync(string cluster)
    {
        lock (_gate)
            return AskedAsync(Lookups.ForEndpointsAsync(cluster));
    }

    /// <summary>Completes when there is something to ask the control plane for between its responses.</summary>
    internal Task NextAsked => _nextAsked.Next;

    /// <summary>Lets deadlines take effect.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            Publish();
            Lookups.Expire();
            AskedAsync(null);
        }
    }

    /// <summary>A secret that the control plane has delivered; null while there is none.</summary>
    public SecretConfig? Secret(string name)
    {
        lock (_gate)
            return _received.Secrets.Find(name);
    }

    /// <summary>The accepted resources' versions of a type, by name.</summary>
    public IReadOnlyDictionary<string, string> Versions(XdsType type)
    {
        lock (_gate)
            return _received.ReaderOf(type)?.Versions() ?? new Dictionary<string, string>();
    }

    /// <summary>
    /// What was accepted, a response for each type, in the order in which it can be taken in again. It is for a file, so it is without
    /// what is secret.
    /// </summary>
    public IReadOnlyList<DeltaDiscoveryResponse> Export()
    {
        lock (_gate)
            return [
                .. _received.Readers.Where(reader => !reader.Type.IsConfidential).Select(reader => Response(reader.Type, reader.Raw()))];
    }

    /// <summary>The types that are read, in push order.</summary>
    internal IEnumerable<XdsType> Types => _received.Readers.Select(reader => reader.Type);

    /// <summary>Those of them of which requests ask for names.</summary>
    internal IEnumerable<XdsType> TypesAskedByRequests =>
        _received.Readers.Where(reader => reader.IsAskedByRequests).Select(reader => reader.Type);

    /// <summary>The names of a type that others refer to.</summary>
    internal IReadOnlyList<string> SubscribedNames(XdsType type)
    {
        lock (_gate)
        {
            Lookups.Restart(type);
            var subscriptions = _received.ReaderOf(type)?.Subscriptions;
            subscriptions?.Drain();
            return subscriptions is null ? [] : [.. subscriptions.Names];
        }
    }

    /// <summary>What of that has changed since it was last asked.</summary>
    internal (IReadOnlyList<string> Begun, IReadOnlyList<string> Ended) SubscriptionChanges(XdsType type)
    {
        lock (_gate)
        {
            var changes = _received.ReaderOf(type)?.Subscriptions.Drain();
            // All clusters are asked for at once.
            if (changes is not var (begun, ended) || (wildcard && type == XdsTypes.Cluster))
                return ([], []);
            var (ask, giveUp) = Lookups.Next(type);
            return ([.. begun.Union(ask, StringComparer.Ordinal)], [.. ended, .. giveUp]);
        }
    }

    private PendingLookups Lookups => field ??= new PendingLookups(wildcard, _received, time);

    private OnDemandServices OnDemand => field ??= new OnDemandServices(_received.ListenerSubscriptions);

    private DeltaDiscoveryResponse Response(XdsType type, IEnumerable<Resource> resources) => new()
    {
        TypeUrl = type.Url,
        SystemVersionInfo = SystemVersion,
        ControlPlane = new ControlPlane { Identifier = _identifier },
        Resources = { resources },
    };

    private Task? AskedAsync(Task? answered)
    {
        if (Lookups.IsDue)
            _nextAsked.Set();
        return answered;
    }

    private void Publish()
    {
        _builder ??= new SnapshotBuilder(_received, warmFor, OwnZone, Loads, time);
        var next = _builder.Build(_snapshot);
        if (!ReferenceEquals(next, _snapshot))
            Volatile.Write(ref _snapshot, next);
        OnDemand.AnswerPresent(next);
        Lookups.AnswerPresent(next);
        if (!Confirmed)
            _readiness.Update(_builder.Warming, ReadyFromFileAfter);
    }
}
