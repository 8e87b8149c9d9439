using System.Text.Json;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Registry;
using Mesh.Tests.Support;

namespace Mesh.Tests.Conformance;

/// <summary>
/// One mesh for all scenarios: a Registry, a control plane, and each data plane from its first scenario on. Scenarios use services of their
/// own.
/// </summary>
public sealed class ConformanceMesh : IAsyncLifetime
{
    // Shorter than a control plane waits at most for an answer before it goes on: a client that needs that has not settled.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // gRPC's clients come back to a control plane that was unavailable when their back-off lets them, which has grown with its absence.
    private static readonly TimeSpan BackOff = TimeSpan.FromSeconds(120);
    private readonly SharedRegistry _registry = new();
    private readonly GarnetProgram _redis = new();
    private readonly Dictionary<string, IDataPlane> _planes = [];
    private readonly Uri _address = new($"http://127.0.0.1:{FreePort.Next()}");
    private RunningControlPlane? _controlPlane;
    private RunningGateway? _gateway;
    private int _runs;

    /// <summary>The zone that data planes run in, where they have one.</summary>
    internal const string Zone = "z1";

    /// <summary>The service that data planes say they stand for: whom routes with a source know them by.</summary>
    internal const string Caller = "conformance-caller";

    /// <summary>Of the gateway, in the applied table.</summary>
    internal const string GatewayNode = "conformance-gateway";

    internal RunningControlPlane ControlPlane => _controlPlane ?? throw new InvalidOperationException("No control plane runs.");

    internal Uri ControlPlaneAddress => _address;

    internal FaultSwitch Faults { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await _redis.Start();
        await _registry.InitializeAsync();
        await StartControlPlane();
    }

    /// <summary>The data plane, started where it does not run yet.</summary>
    internal async Task<IDataPlane> Plane(DataPlaneKind kind)
    {
        if (!_planes.TryGetValue(kind.Name, out var plane)) _planes[kind.Name] = plane = await kind.Start(this);
        // In another one's scenario the control plane may have been away.
        await Connected(plane);
        return plane;
    }

    internal Task Connected(IDataPlane plane) =>
        Eventually.True(async () => await ControlPlane.Client(plane.Node) is not null, BackOff, $"{plane.Node} is connected");

    internal async Task<RunningGateway> Gateway() =>
        _gateway ??= await RunningGateway.Start(_address, null, $"--Mesh:NodeId={GatewayNode}", $"--Mesh:Zone={Zone}",
            $"--Mesh:Service={Caller}");

    /// <summary>A number that no other run of a scenario has.</summary>
    internal int NextRun() => Interlocked.Increment(ref _runs);

    /// <summary>Sends a request to the Registry and gives the sequence of its answer.</summary>
    internal async Task<long> Send(HttpMethod method, string path, object? body = null)
    {
        var (status, answer, response) = await _registry.Send(method, path, body is null ? null : JsonSerializer.Serialize(body));
        using (response) Assert.True(status is 200 or 201, $"{method} {path}: {status} {answer}");
        return answer.GetProperty("sequence").GetInt64();
    }

    /// <summary>Waits until a client has accepted or refused everything up to a sequence that concerns it.</summary>
    internal async Task Settled(IDataPlane plane, long sequence)
    {
        var missing = "";
        await Eventually.True(
            async () => (missing = await Missing(plane, sequence)).Length == 0, Patience,
            () => $"{plane.Node} has answered everything up to {sequence}; {missing}");
    }

    private async Task<string> Missing(IDataPlane plane, long sequence)
    {
        if (plane.AsksByName && await ControlPlane.NotHeld(plane.Node) is { Count: > 0 } absent)
            return $"its routes name what it has not: {string.Join(", ", absent)}";
        if (await ControlPlane.Client(plane.Node) is not { } client) return "it is not connected";
        if (client.Sequence is { } at && at >= sequence && client.Types.All(t => t.State != "STALE")) return "";
        return $"the control plane serves {await Serving()}, it is at {client.Sequence}: "
            + $"{string.Join(", ",
                client.Types.Select(
                    t => $"{t.Type} {t.State} (sent {t.SentVersion}, acked {t.AckedVersion} at {t.Sequence}, {t.Time:mm:ss.fff})"))}";
    }

    /// <summary>Waits until the control plane serves everything that was written.</summary>
    internal async Task Compiled()
    {
        var head = await _registry.Head();
        await Eventually.True(async () => await Serving() >= head, Patience, $"the control plane serves {head}");
    }

    private async Task<long> Serving() =>
        JsonElement.Parse(await ControlPlane.Http.GetStringAsync("/api/v1/xds")).GetProperty("sequence").GetInt64();

    internal async Task StopControlPlane()
    {
        if (_controlPlane is { } running) await running.DisposeAsync();
        _controlPlane = null;
    }

    internal async Task StartControlPlane() =>
        _controlPlane ??= await RunningControlPlane.Start(_address, _registry.Address, _redis.ConnectionString, Faults);

    public async ValueTask DisposeAsync()
    {
        foreach (var plane in _planes.Values) await plane.DisposeAsync();
        if (_gateway is not null) await _gateway.DisposeAsync();
        await StopControlPlane();
        await _registry.DisposeAsync();
        await _redis.DisposeAsync();
    }
}

/// <summary>One mesh for all tests of the suite.</summary>
[CollectionDefinition(Name)]
public sealed class ConformanceCollection : ICollectionFixture<ConformanceMesh>
{
    public const string Name = "one conformance mesh";
}
