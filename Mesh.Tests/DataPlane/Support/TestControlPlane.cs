using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.DataPlane.Support;

/// <summary>A small delta-ADS server over real gRPC whose resources a test sets as it likes, malformed ones too.</summary>
public sealed class TestControlPlane : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Resources _resources;

    private TestControlPlane(WebApplication app, Resources resources) => (_app, _resources) = (app, resources);

    public Uri Address => new(_app.Urls.Single());

    /// <summary>All requests of all streams, in the order in which they came.</summary>
    public ConcurrentQueue<DeltaDiscoveryRequest> Requests => _resources.Requests;

    public int Streams => _resources.Streams;

    /// <summary>The log it serves, as it calls it in its identifier.</summary>
    public string Log
    {
        get => _resources.Log;
        set => _resources.Log = value;
    }

    /// <summary>The highest sequence of the log a client may have seen to be served.</summary>
    public long Head
    {
        set => _resources.Head = value;
    }

    /// <summary>How every stream ends at once, before it is answered.</summary>
    public StatusCode? Refusal
    {
        set => _resources.Refusal = value;
    }

    /// <summary>Whether every stream is broken off after its first response.</summary>
    public bool BreaksOff
    {
        set => _resources.BreaksOff = value;
    }

    /// <param name="port">A port, or 0 for a free one, which nobody takes while the control plane is unavailable.</param>
    /// <param name="before">Sets it up before anybody can connect.</param>
    public static async Task<TestControlPlane> Start(int port = 0, Action<TestControlPlane>? before = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            k => k.Listen(IPAddress.Loopback, port == 0 ? FreePort.Next() : port, o => o.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        var resources = new Resources();
        builder.Services.AddSingleton(resources);
        var app = builder.Build();
        app.MapGrpcService<Service>();
        var controlPlane = new TestControlPlane(app, resources);
        before?.Invoke(controlPlane);
        await app.StartAsync();
        return controlPlane;
    }

    /// <summary>A service with its four resources; endpoints by port.</summary>
    /// <returns>What is served now.</returns>
    public IReadOnlyList<XdsResource> Serve(string service, string protocol, params ReadOnlySpan<(int Port, int Weight)> endpoints)
    {
        XdsResource[] resources =
        [
            XdsResource.Of(ClusterBuilder.Eds(service, XdsFlavour.Mesh, protocol)), Assignment(service, protocol, endpoints),
            XdsResource.Of(ListenerBuilder.Api(service)), XdsResource.Of(RouteConfigurationBuilder.Default(service, XdsFlavour.Mesh)),
        ];
        Set(resources);
        return resources;
    }

    /// <summary>A service whose bytes are passed on.</summary>
    public void ServeTcp(string service, params ReadOnlySpan<(int Port, int Weight)> endpoints) => Set(
        XdsResource.Of(ClusterBuilder.Eds(service, XdsFlavour.Mesh, "tcp")), Assignment(service, "tcp", endpoints),
        XdsResource.Of(ListenerBuilder.TcpTemplate(service)));

    public void Endpoints(string service, params ReadOnlySpan<(int Port, int Weight)> endpoints) =>
        Set(Assignment(service, "http", endpoints));

    public void Set(params ReadOnlySpan<XdsResource> resources)
    {
        foreach (var resource in resources)
            SetRaw(resource.Type, resource.Name, resource.Version, resource.Packed);
        _resources.Push();
    }

    /// <summary>Serves whatever the test wants under a name.</summary>
    public void SetRaw(XdsType type, string name, string version, Any content, bool push = false)
    {
        _resources.Set(type, new Resource { Name = name, Version = version, Resource_ = content });
        if (push)
            _resources.Push();
    }

    public void Remove(XdsType type, string name)
    {
        _resources.Remove(type, name);
        _resources.Push();
    }

    public async ValueTask DisposeAsync()
    {
        // As if it were killed: streams are broken off, not ended.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    public static XdsResource Assignment(string service, string protocol, params ReadOnlySpan<(int Port, int Weight)> endpoints)
    {
        var list = new List<XdsEndpoint>();
        foreach (var (port, weight) in endpoints)
            list.Add(new XdsEndpoint("127.0.0.1", port, (uint)weight, "", $"{service}-{port}", "", protocol, false));
        return XdsResource.Of(LoadAssignmentBuilder.Of(service, XdsFlavour.Mesh, list));
    }

    private sealed class Resources
    {
        private ImmutableDictionary<(XdsType Type, string Name), Resource> _all = ImmutableDictionary<(XdsType, string), Resource>.Empty;
        private ImmutableList<Action> _listeners = [];
        private int _streams;

        public ConcurrentQueue<DeltaDiscoveryRequest> Requests { get; } = new();

        public int Streams => _streams;

        public string Log { get; set; } = "0198a000000070008000000000000001/1";

        public long Head { get; set; } = long.MaxValue;

        public StatusCode? Refusal { get; set; }

        public bool BreaksOff { get; set; }

        /// <summary>Whether a client has seen more of this log than there is.</summary>
        public bool IsBehind(Node client) =>
            client.Metadata.Fields["mesh.sequence"].StringValue is { Length: > 0 } seen && long.Parse(seen) > Head
            && client.Metadata.Fields["mesh.log"].StringValue is var log && (log.Length == 0 || log == Log);

        public ImmutableDictionary<(XdsType Type, string Name), Resource> All => _all;

        public void Set(XdsType type, Resource resource) =>
            ImmutableInterlocked.Update(ref _all, all => all.SetItem((type, resource.Name), resource));

        public void Remove(XdsType type, string name) => ImmutableInterlocked.Update(ref _all, all => all.Remove((type, name)));

        public void Push() => _listeners.ForEach(listener => listener());

        public void Listen(Action listener)
        {
            Interlocked.Increment(ref _streams);
            ImmutableInterlocked.Update(ref _listeners, all => all.Add(listener));
        }
    }

    private sealed class Service(Resources resources) : AggregatedDiscoveryService.AggregatedDiscoveryServiceBase
    {
        public override async Task DeltaAggregatedResources(
            IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<DeltaDiscoveryResponse> responseStream,
            ServerCallContext context)
        {
            // Null stands for "something has changed".
            var inbox = Channel.CreateBounded<DeltaDiscoveryRequest?>(10_000);
            resources.Listen(() => inbox.Writer.TryWrite(null));
            if (resources.Refusal is { } refusal)
                throw new RpcException(new Status(refusal, "as the test wants it"));
            var reading = Read(requestStream, inbox.Writer, context.CancellationToken);
            var types = XdsTypes.OfServices.Select(type => new Subscription(type)).ToArray();
            var nonce = 0;
            while (await inbox.Reader.WaitToReadAsync(context.CancellationToken))
            {
                while (inbox.Reader.TryRead(out var request))
                {
                    if (request is not null && request.ResponseNonce.Length == 0)
                        types.Single(t => t.Type.Url == request.TypeUrl).Take(request);
                    foreach (var type in types)
                    {
                        if (type.Next(resources.All) is not { } response)
                            continue;
                        response.Nonce = $"{++nonce}";
                        response.SystemVersionInfo = $"{resources.All.Count}";
                        response.ControlPlane = new Mesh.Xds.Protos.ControlPlane
                        {
                            Identifier = ControlPlaneIdentifier.Format("test", resources.Log, resources.All.Count),
                        };
                        await responseStream.WriteAsync(response, context.CancellationToken);
                        if (resources.BreaksOff)
                            throw new RpcException(new Status(StatusCode.Unavailable, "as the test wants it"));
                    }
                }
            }

            await reading;
        }

        private async Task Read(IAsyncStreamReader<DeltaDiscoveryRequest> stream, ChannelWriter<DeltaDiscoveryRequest?> inbox,
            CancellationToken cancellationToken)
        {
            try
            {
                while (await stream.MoveNext(cancellationToken))
                {
                    resources.Requests.Enqueue(stream.Current);
                    if (stream.Current.Node is { } client && resources.IsBehind(client))
                        throw new RpcException(new Status(StatusCode.FailedPrecondition, "connect to another"));
                    await inbox.WriteAsync(stream.Current, cancellationToken);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
            {
            }
            finally
            {
                inbox.TryComplete();
            }
        }
    }

    private sealed class Subscription(XdsType type)
    {
        private readonly HashSet<string> _names = [];
        private readonly HashSet<string> _unanswered = [];
        private readonly Dictionary<string, string> _sent = [];
        private bool _begun;
        private bool _owesEmpty;

        public XdsType Type => type;

        public void Take(DeltaDiscoveryRequest request)
        {
            _owesEmpty |= !_begun || request.ResourceNamesSubscribe.Contains("*");
            _begun = true;
            foreach (var (name, version) in request.InitialResourceVersions)
                _sent[name] = version;
            _names.UnionWith(request.ResourceNamesSubscribe);
            _unanswered.UnionWith(request.ResourceNamesSubscribe);
            _names.ExceptWith(request.ResourceNamesUnsubscribe);
            foreach (var name in request.ResourceNamesUnsubscribe)
            {
                _sent.Remove(name);
                // The wildcard may still cover it, and the client is told in any case.
                if (_names.Contains("*"))
                    _unanswered.Add(name);
            }
        }

        public DeltaDiscoveryResponse? Next(ImmutableDictionary<(XdsType Type, string Name), Resource> all)
        {
            var wanted = all.Where(r => r.Key.Type == type && (_names.Contains("*") || _names.Contains(r.Key.Name)))
                .Select(r => r.Value).ToList();
            var response = new DeltaDiscoveryResponse { TypeUrl = type.Url };
            // A name that is asked for is answered, also if its resource was sent before.
            response.Resources.AddRange(
                wanted.Where(r => _unanswered.Contains(r.Name) || !_sent.TryGetValue(r.Name, out var version) || version != r.Version));
            response.RemovedResources.AddRange(_sent.Keys.Concat(_unanswered).Where(n => n != "*" && wanted.All(r => r.Name != n))
                .Distinct().ToList());
            var owed = _owesEmpty;
            _owesEmpty = false;
            foreach (var resource in response.Resources)
                _sent[resource.Name] = resource.Version;
            foreach (var name in response.RemovedResources)
                _sent.Remove(name);
            _unanswered.Clear();
            return owed || response.Resources.Count + response.RemovedResources.Count > 0 ? response : null;
        }
    }
}
