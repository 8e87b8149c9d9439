using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Ads;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.ControlPlane;

/// <summary>A state-of-the-world machine under a test's control.</summary>
internal sealed class SotwStream
{
    private readonly SotwMachine _machine;
    private readonly Dictionary<string, string[]> _names = [];

    public SotwStream(World world, NodeIdentity? node = null)
    {
        World = world;
        _machine = new SotwMachine(Time, Observer, "cp");
        _machine.Open(
            new StreamScope(node ?? new NodeIdentity { Id = "n", Flavour = XdsFlavour.Envoy, Upstreams = ["*"] }, new EnvoyListeners(),
                delta: false), world.Current);
    }

    /// <summary>A stream that holds these services whole; those that are not there yet are made.</summary>
    public static SotwStream Everything(World world, params string[] services)
    {
        foreach (var service in services.Where(s => world.Current[XdsFlavour.Envoy].Find(XdsTypes.Listener, s) is null))
            world.Service(service, ["10.0.0.1"]);
        var stream = new SotwStream(world);
        stream.SubscribeToAll(services);
        return stream;
    }

    public static NodeIdentity MeshNode(params string[] upstreams) => new() { Id = "n", Flavour = XdsFlavour.Mesh, Upstreams = upstreams };

    public World World { get; }

    public FakeTimeProvider Time { get; } = new();

    public RecordingObserver Observer { get; } = new();

    public DateTimeOffset? Wake => _machine.Wake;

    public IReadOnlyList<XdsResource> Holdings => _machine.Holdings();

    public void Subscribe(XdsType type, params string[] names)
    {
        _names[type.Url] = names;
        Send(new DiscoveryRequest { TypeUrl = type.Url, ResourceNames = { names } });
    }

    /// <summary>Listeners and clusters by wildcard, routes and endpoints by name; takes all of it.</summary>
    public void SubscribeToAll(params string[] clusters)
    {
        Subscribe(XdsTypes.Cluster);
        Subscribe(XdsTypes.ClusterLoadAssignment, clusters);
        Subscribe(XdsTypes.Listener);
        Subscribe(XdsTypes.RouteConfiguration, clusters);
        Settle();
    }

    /// <summary>Sends a request to a control plane that is level with the log, as most tests have it.</summary>
    public void Send(DiscoveryRequest request)
    {
        Assert.Null(_machine.Receive(request));
        Release();
    }

    /// <summary>Sends a request; what is not there is not known to be absent until <see cref="Release"/>.</summary>
    public void Ask(XdsType type, params string[] names)
    {
        _names[type.Url] = names;
        Assert.Null(_machine.Receive(new DiscoveryRequest { TypeUrl = type.Url, ResourceNames = { names } }));
    }

    /// <summary>The same of a client that holds these from an earlier stream.</summary>
    public void ComeBack(XdsType type, params string[] names)
    {
        _names[type.Url] = names;
        Assert.Null(_machine.Receive(new DiscoveryRequest { TypeUrl = type.Url, ResourceNames = { names }, VersionInfo = "of-before" }));
    }

    /// <summary>The control plane has become level with the log as it was when the last question came.</summary>
    public void Release()
    {
        if (_machine.Question is { } number) _machine.Release(number);
    }

    public void Ack(DiscoveryResponse response, params string[] names)
    {
        if (names.Length > 0) _names[response.TypeUrl] = names;
        Send(new DiscoveryRequest
        {
            TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, VersionInfo = response.VersionInfo,
            ResourceNames = { _names[response.TypeUrl] },
        });
    }

    public void Nack(DiscoveryResponse response, string reason) => Send(new DiscoveryRequest
    {
        TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, ResourceNames = { _names[response.TypeUrl] },
        ErrorDetail = new Mesh.Xds.Protos.Rpc.Status { Code = 3, Message = reason },
    });

    /// <summary>Shows the world's newest snapshot to the machine.</summary>
    public void Publish() => _machine.Publish(World.Current);

    public DiscoveryResponse? Next() => _machine.Next();

    public DiscoveryResponse Expect(XdsType type)
    {
        var response = Next();
        Assert.NotNull(response);
        Assert.Equal(type.Url, response.TypeUrl);
        return response;
    }

    public void ExpectNothing() => Assert.Null(Next());

    /// <summary>Takes and acknowledges everything until there is nothing more.</summary>
    public List<DiscoveryResponse> Settle()
    {
        var taken = new List<DiscoveryResponse>();
        while (Next() is { } response)
        {
            taken.Add(response);
            Ack(response);
        }

        return taken;
    }

    public static string[] NamesOf(DiscoveryResponse response) => [.. response.Resources.Select(NameOf)];

    public static Cluster ClusterOf(DiscoveryResponse response, string name) =>
        response.Resources.Select(r => r.Unpack<Cluster>()).Single(c => c.Name == name);

    private static string NameOf(Any resource)
    {
        var type = XdsTypes.Parse(resource.TypeUrl)!;
        return type.NameOf(type.Read(resource.Value));
    }
}
