using Mesh.Tests.Support;

namespace Mesh.Tests.Conformance;

/// <summary>
/// What a scenario works with: one service of its own, instances of it, rules through the Registry, and calls through one data plane.
/// </summary>
internal sealed class Bench(ConformanceMesh mesh, DataPlaneKind kind, IDataPlane plane, string service) : IAsyncDisposable
{
    // Requests that a load makes before a change and after it.
    private const int Before = 40;
    // For what must happen at all: clients connect again and take ejected instances back at intervals of their own, which grow.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly List<Backend> _backends = [];
    private readonly HashSet<string> _called = [];
    private long _written;

    public ConformanceMesh Mesh => mesh;

    public DataPlaneKind Kind => kind;

    public IDataPlane Plane => plane;

    /// <summary>The scenario's service.</summary>
    public string Service => service;

    /// <summary>A further service of the scenario.</summary>
    public string Other(string suffix) => $"{service}-{suffix}";

    /// <summary>Starts an instance and registers it.</summary>
    public async Task<Backend> Backend(
        string name, string? of = null, string version = "", string zone = "", int weight = 100,
        IReadOnlyDictionary<string, string>? metadata = null,
        string? ns = null, bool replace = false)
    {
        var backend = new Backend(name, kind.IsGrpc);
        _backends.Add(backend);
        await backend.Start();
        await Register(backend, of, version, zone, weight, metadata, ns, replace);
        return backend;
    }

    /// <summary>Registers an instance, or changes its registration.</summary>
    public Task Register(
        Backend backend, string? of = null, string version = "", string zone = "", int weight = 100,
        IReadOnlyDictionary<string, string>? metadata = null, string? ns = null, bool replace = false) =>
        Write(HttpMethod.Post, $"/api/discovery/register{(replace ? "?replace=true" : "")}", new
        {
            name = of ?? service, @namespace = ns, instanceId = backend.Name, url = $"http://127.0.0.1:{backend.Port}",
            protocol = kind.Protocol, version, zone, weight, metadata,
        });

    public Task Deregister(Backend backend, string? of = null) =>
        Write(HttpMethod.Delete, $"/api/discovery/deregister?name={of ?? service}&instanceId={backend.Name}");

    /// <summary>Makes an instance <c>active</c>, <c>draining</c> or <c>maintenance</c>.</summary>
    public Task Mode(Backend backend, string mode) =>
        Write(HttpMethod.Post, "/api/discovery/mode", new { name = service, instanceId = backend.Name, mode });

    public Task Route(object route) => Write(HttpMethod.Post, "/api/traffic/routes", route);

    public Task RemoveRoute(string name) => Write(HttpMethod.Delete, $"/api/traffic/routes?service={service}&name={name}");

    public Task Policy(object policy, string? of = null) => Write(HttpMethod.Put, $"/api/traffic/policies/{of ?? service}", policy);

    /// <summary>Sets a resilience policy; the kind as REST's path says it.</summary>
    public Task Resilience(string path, object policy) => Write(HttpMethod.Post, $"/api/resilience/{path}", policy);

    /// <summary>Waits until the data plane has found its control plane again.</summary>
    public Task Connected() => mesh.Connected(plane);

    /// <summary>Waits until the data plane has answered everything that was written.</summary>
    public Task Settled() => mesh.Settled(plane, _written);

    /// <summary>Draws that can be repeated: the seed is printed.</summary>
    public Random Seeded() => TestSeed.Draws(20_261_123);

    public CallSpec Spec(string path = CallSpec.Get) => new(service) { Path = path };

    /// <summary>A call that an instance is to hold while other things are done, however long they take.</summary>
    public CallSpec Held(string path = CallSpec.Get) => Spec(path) with { Deadline = TimeSpan.FromMinutes(2) };

    public async Task<CallResult> Call(CallSpec? call = null) => (await Calls(1, call))[0];

    public Task<IReadOnlyList<CallResult>> Calls(int count, CallSpec? call = null, int atOnce = 1)
    {
        call ??= Spec();
        _called.Add(call.Service);
        return plane.Call(call, count, atOnce);
    }

    /// <summary>The same, all of which succeed.</summary>
    public async Task<IReadOnlyList<CallResult>> GoodCalls(int count, CallSpec? call = null, int atOnce = 1)
    {
        var calls = await Calls(count, call, atOnce);
        Assert.All(calls, c => Assert.Equal(Outcome.Ok, c.Outcome));
        return calls;
    }

    /// <summary>
    /// Calls until each of these has answered, as gRPC's own tests do before they count. No call may fail or be answered by others.
    /// </summary>
    public Task Reaches(params Backend[] backends) => Reaches(Spec(), backends);

    /// <inheritdoc cref="Reaches(Backend[])"/>
    public async Task Reaches(CallSpec call, params Backend[] backends)
    {
        await Settled();
        if (!kind.IsDoneWhenAcked)
            await Eventually.True(async () => (await Calls(2 * backends.Length, call)).All(c => backends.Any(b => b.Name == c.Server)),
                Patience, "calls go to no other instance");
        var seen = new HashSet<string>();
        await Eventually.True(
            async () =>
            {
                foreach (var result in await Calls(2 * backends.Length, call))
                {
                    Assert.True(result.Outcome == Outcome.Ok && backends.Any(b => b.Name == result.Server),
                        $"{result}; expected {string.Join(", ", backends.Select(b => b.Name))}");
                    seen.Add(result.Server);
                }

                return seen.Count == backends.Length;
            },
            Patience, $"calls reach {string.Join(", ", backends.Select(b => b.Name))}");
    }

    /// <summary>Waits until calls go to exactly these, whatever becomes of calls until then.</summary>
    public Task Becomes(params Backend[] backends) => Eventually.True(
        async () => await Calls(10 * backends.Length) is var calls && calls.All(c => c.Outcome == Outcome.Ok)
            && calls.Select(c => c.Server).ToHashSet().SetEquals(backends.Select(b => b.Name)),
        Patience, $"calls go to {string.Join(", ", backends.Select(b => b.Name))} only");

    public Task Until(Func<bool> holds, string what) => Eventually.True(holds, Patience, what);

    public Task Until(Func<Task<bool>> holds, string what) => Eventually.True(holds, Patience, what);

    /// <summary>Waits until a call ends so.</summary>
    public async Task<CallResult> Ends(Outcome outcome, CallSpec? call = null)
    {
        CallResult? last = null;
        await Eventually.True(async () => (last = await Call(call)).Outcome == outcome, Patience, $"a call ends with {outcome}");
        return last!;
    }

    /// <summary>Calls 200 times a second until what is given is done; all calls must succeed.</summary>
    public async Task<IReadOnlyList<CallResult>> UnderLoad(Func<Task> change, CallSpec? call = null)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        call ??= Spec();
        _called.Add(call.Service);
        var load = plane.Load(call, 200, stop.Token);
        try
        {
            await Seen(Before);
            await change();
            await Seen(Before);
        }
        finally
        {
            await stop.CancelAsync();
        }

        var calls = await load;
        TestContext.Current.TestOutputHelper?.WriteLine($"{calls.Count} calls under load");
        Assert.NotEmpty(calls);
        Assert.All(calls, c => Assert.Equal(Outcome.Ok, c.Outcome));
        return calls;
    }

    /// <summary>Waits until the instances have seen so many further requests.</summary>
    private Task Seen(int further)
    {
        var enough = Total() + further;
        return Until(() => Total() >= enough, $"{enough} requests have come");
        int Total() => _backends.Sum(b => b.Seen.Count);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var backend in _backends) backend.Release();
        foreach (var name in _called) await plane.Forget(name);
        foreach (var backend in _backends) await backend.DisposeAsync();
    }

    private async Task Write(HttpMethod method, string path, object? body = null) =>
        _written = Math.Max(_written, await mesh.Send(method, path, body));
}
