using System.Diagnostics;
using Mesh.Bench.Running;
using Mesh.Xds.Resources;

namespace Mesh.Bench.Fleet;

/// <summary>What each stream of a fleet is subscribed to, in words and as types.</summary>
internal sealed record FleetShape(string Name, IReadOnlyList<XdsType> Types)
{
    /// <summary>As a sidecar with all services upstream, and as a gateway for all of them.</summary>
    public static IReadOnlyList<FleetShape> All { get; } =
    [
        new("endpoints of all services", [XdsTypes.ClusterLoadAssignment]),
        new("all four types of all services", [.. XdsTypes.OfServices]),
    ];
}

/// <summary>A mesh of 1,000 services with 10 instances each, and 1,000 streams to its control plane.</summary>
internal sealed class FleetUnderTest : IAsyncDisposable
{
    public const int Services = 1_000, Instances = 10, Streams = 1_000;
    private readonly List<FleetStream> _streams = [];

    private FleetUnderTest(MeshUnderTest mesh, HttpClient client) => (Mesh, Client) = (mesh, client);

    public MeshUnderTest Mesh { get; }

    public HttpClient Client { get; }

    public ByteCount Bytes { get; } = new();

    public IReadOnlyList<FleetStream> Open => _streams;

    public static string[] Names { get; } = [.. Enumerable.Range(0, Services).Select(i => $"svc-{i}")];

    public static async Task<FleetUnderTest> StartAsync(CancellationToken cancellationToken)
    {
        var mesh = await MeshUnderTest.StartAsync("both", gateway: false, cancellationToken);
        var fleet = new FleetUnderTest(mesh, new HttpClient { BaseAddress = new Uri(mesh.Registry) });
        await Parallel.ForEachAsync(Names.SelectMany(name => Enumerable.Range(1, Instances), (name, id) => (name, id)),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (one, token) => await fleet.SetWeightAsync(one.name, one.id, 1, token));
        return fleet;
    }

    /// <summary>Changes one endpoint of a service.</summary>
    public Task SetWeightAsync(string name, int id, uint weight, CancellationToken cancellationToken) =>
        MeshUnderTest.RegisterAsync(Client, new { name, instanceId = $"{name}-{id}", url = $"http://127.0.0.1:{20_000 + id}", weight },
            cancellationToken);

    /// <summary>Connects all streams at once; the time until each has everything.</summary>
    public async Task<TimeSpan> ConnectAsync(FleetShape shape, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Streams; i++) _streams.Add(new FleetStream(Mesh.ControlPlane, Bytes));
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < Streams; i++) _streams[i].Open($"bench-{i}", shape.Types, Names);
        await Task.WhenAll(_streams.Select(stream => stream.Complete)).WaitAsync(TimeSpan.FromSeconds(120), cancellationToken);
        return Stopwatch.GetElapsedTime(begun);
    }

    /// <summary>Ends all streams.</summary>
    public async Task DisconnectAsync()
    {
        await Task.WhenAll(_streams.Select(stream => stream.DisposeAsync().AsTask()));
        _streams.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await DisconnectAsync();
        Client.Dispose();
        await Mesh.DisposeAsync();
    }
}
