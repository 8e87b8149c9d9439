using Mesh.ControlPlane.Ads;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.ControlPlane;

/// <summary>A delta machine under a test's control.</summary>
internal sealed class DeltaStream
{
    private readonly DeltaMachine _machine;

    public DeltaStream(World world, NodeIdentity? node = null)
    {
        World = world;
        _machine = new DeltaMachine(Time, Observer, "cp");
        _machine.Open(
            new StreamScope(node ?? new NodeIdentity { Id = "n", Flavour = XdsFlavour.Mesh, Upstreams = ["*"] }, new EnvoyListeners(),
                delta: true), world.Current);
    }

    /// <summary>A stream that holds everything by wildcard.</summary>
    public static DeltaStream Everything(World world)
    {
        var stream = new DeltaStream(world);
        foreach (var type in XdsTypes.OfServices) stream.Subscribe(type, "*");
        stream.Settle();
        return stream;
    }

    public World World { get; }

    public FakeTimeProvider Time { get; } = new();

    public RecordingObserver Observer { get; } = new();

    public long? Settled => _machine.Settled;

    public IReadOnlyList<XdsResource> Holdings => _machine.Holdings();

    public void Subscribe(XdsType type, params string[] names) =>
        Send(new DeltaDiscoveryRequest { TypeUrl = type.Url, ResourceNamesSubscribe = { names } });

    public void Unsubscribe(XdsType type, params string[] names) =>
        Send(new DeltaDiscoveryRequest { TypeUrl = type.Url, ResourceNamesUnsubscribe = { names } });

    /// <summary>Sends a request to a control plane that is level with the log, as most tests have it.</summary>
    public void Send(DeltaDiscoveryRequest request)
    {
        Ask(request);
        Release();
    }

    /// <summary>Sends a request; what is not there is not known to be absent until <see cref="Release"/>.</summary>
    public void Ask(DeltaDiscoveryRequest request) => Assert.Null(_machine.Receive(request));

    public void Ask(XdsType type, params string[] names) =>
        Ask(new DeltaDiscoveryRequest { TypeUrl = type.Url, ResourceNamesSubscribe = { names } });

    public long? Question => _machine.Question;

    /// <summary>The control plane has become level with the log, as it was when a question came or when the last one did.</summary>
    public void Release(long? question = null)
    {
        if ((question ?? _machine.Question) is { } number) _machine.Release(number);
    }

    public void Ack(DeltaDiscoveryResponse response) =>
        Send(new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce });

    public void Nack(DeltaDiscoveryResponse response, string reason) => Send(new DeltaDiscoveryRequest
    {
        TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, ErrorDetail = new Mesh.Xds.Protos.Rpc.Status { Message = reason },
    });

    public void Publish() => _machine.Publish(World.Current);

    public DeltaDiscoveryResponse Expect(XdsType type)
    {
        var response = _machine.Next();
        Assert.NotNull(response);
        Assert.Equal(type.Url, response.TypeUrl);
        return response;
    }

    public DeltaDiscoveryResponse? Next() => _machine.Next();

    public void ExpectNothing() => Assert.Null(Next());

    public List<DeltaDiscoveryResponse> Settle()
    {
        var taken = new List<DeltaDiscoveryResponse>();
        while (_machine.Next() is { } response)
        {
            taken.Add(response);
            Ack(response);
        }

        return taken;
    }

    public static string[] NamesOf(DeltaDiscoveryResponse response) => [.. response.Resources.Select(r => r.Name)];
}
