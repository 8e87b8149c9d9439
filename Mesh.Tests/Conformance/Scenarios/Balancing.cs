namespace Mesh.Tests.Conformance.Scenarios;

/// <summary>Which instance gets a call.</summary>
internal static class Balancing
{
    private static readonly string[] AtoD = ["a", "b", "c", "d"];

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("ping_pong", "every instance gets calls", PingPong),
        new("round_robin", "100 calls go to 4 instances 25 times each", RoundRobin),
        new("instance_weights", "of 1,000 calls, an instance of weight 75 gets three times as many as one of weight 25", Weights),
        new("locality_weights", "instances of equal weight get the same share, however many their zone has", Localities),
        new("locality_weights_beside_policies", "a circuit breaker, outlier detection and timeouts leave these shares as they are",
            BesidePolicies),
        new("random", "instances are drawn", Random, InTurns),
        new("least_request", "an instance that is busy gets no calls while another is not", LeastRequest, BusyOneGetsItsTurn),
        new("affinity", "`ring_hash`: calls with one header value stick to one instance", bench => Sticks(bench, "ring_hash"),
            bench => TakesTurns(bench, "ring_hash")),
        new("affinity_on_removal", "`ring_hash`: when an instance goes, the calls of the others stay where they are", OthersStay,
            bench => bench.Kind.HasRings ? MostOthersStay(bench) : TakesTurns(bench, "ring_hash")),
        new("maglev", "`maglev`: calls with one header value stick to one instance", bench => Sticks(bench, "maglev"),
            bench => TakesTurns(bench, "maglev")),
        new("own_zone_first", "with `zoneAware`, calls stay in the caller's zone", OwnZone, BothZones),
    ];

    private static async Task PingPong(Bench bench) => await bench.Reaches(await Four(bench));

    private static async Task RoundRobin(Bench bench)
    {
        var backends = await Four(bench);
        await bench.Reaches(backends);
        var calls = await bench.GoodCalls(100);
        Assert.All(backends, b => Assert.Equal(25, calls.Count(c => c.Server == b.Name)));
    }

    private static async Task Weights(Bench bench)
    {
        var light = await bench.Backend("light", weight: 25);
        var heavy = await bench.Backend("heavy", weight: 75);
        await bench.Reaches(light, heavy);
        var calls = await bench.GoodCalls(1_000, atOnce: 8);
        Bounds.Share(0.75, calls.Count(c => c.Server == heavy.Name), calls.Count);
    }

    private static async Task Localities(Bench bench) => await EvenShares(bench, await OneAndThree(bench));

    private static async Task BesidePolicies(Bench bench)
    {
        var backends = await OneAndThree(bench);
        await bench.Resilience("circuit-breakers", new { service = bench.Service, threshold = 50, maxRequests = 500 });
        await bench.Resilience("outlier-detection", new { service = bench.Service, consecutive5xx = 50, maxEjectedPercent = 50 });
        await bench.Resilience("timeouts", new { service = bench.Service, request = "20s" });
        await EvenShares(bench, backends);
    }

    private static async Task<Backend[]> OneAndThree(Bench bench)
    {
        var backends = new List<Backend> { await bench.Backend("alone", zone: "y1") };
        for (var i = 0; i < 3; i++) backends.Add(await bench.Backend($"together-{i}", zone: "y2"));
        return [.. backends];
    }

    private static async Task EvenShares(Bench bench, Backend[] backends)
    {
        await bench.Reaches(backends);
        var calls = await bench.GoodCalls(1_000, atOnce: 8);
        Assert.All(backends, b => Bounds.Share(0.25, calls.Count(c => c.Server == b.Name), calls.Count));
    }

    private static async Task Random(Bench bench)
    {
        var calls = await Drawn(bench);
        Bounds.Share(0.5, calls.Count(c => c.Server == "a"), calls.Count);
        // How often the server changes is drawn too: taking turns it would be every time.
        Bounds.Share(0.5, Changes(calls), calls.Count - 1);
    }

    private static async Task InTurns(Bench bench)
    {
        var calls = await Drawn(bench);
        Assert.Equal(calls.Count - 1, Changes(calls));
    }

    private static async Task<IReadOnlyList<CallResult>> Drawn(Bench bench)
    {
        Backend[] backends = [await bench.Backend("a"), await bench.Backend("b")];
        await bench.Policy(new { loadBalancing = new { policy = "random" } });
        await bench.Reaches(backends);
        return await bench.GoodCalls(400);
    }

    private static int Changes(IReadOnlyList<CallResult> calls) =>
        calls.Zip(calls.Skip(1)).Count(pair => pair.First.Server != pair.Second.Server);

    private static async Task LeastRequest(Bench bench)
    {
        var (busy, idle, held) = await OneBusy(bench, "least_request");
        Assert.All(await bench.GoodCalls(30), c => Assert.Equal(idle.Name, c.Server));
        busy.Release();
        Assert.All(await held, c => Assert.Equal(Outcome.Ok, c.Outcome));
    }

    private static async Task BusyOneGetsItsTurn(Bench bench)
    {
        var (busy, _, held) = await OneBusy(bench, "least_request");
        var before = busy.UnderWay;
        var more = bench.Calls(10, bench.Held(), atOnce: 10);
        await bench.Until(() => busy.UnderWay == before + 5, "the busy instance has half of the further calls");
        busy.Release();
        Assert.All((await held).Concat(await more), c => Assert.Equal(Outcome.Ok, c.Outcome));
    }

    private static async Task<(Backend Busy, Backend Idle, Task<CallResult[]> Held)> OneBusy(Bench bench, string policy)
    {
        var (busy, idle) = (await bench.Backend("busy"), await bench.Backend("idle"));
        await bench.Policy(new { loadBalancing = new { policy } });
        await bench.Reaches(busy, idle);
        // Both are held at first and calls begin one after another, so that the busy one has half of them, and a call of the idle one that
        // has just ended makes no draw of it.
        busy.Hold();
        idle.Hold();
        var held = new List<Task<CallResult>>();
        while (held.Count < 6)
        {
            held.Add(bench.Call(bench.Held()));
            await bench.Until(() => busy.UnderWay + idle.UnderWay == held.Count, $"{held.Count} calls are under way");
        }

        Assert.InRange(busy.UnderWay, 2, 4);
        var others = idle.UnderWay;
        idle.Release();
        await bench.Until(() => idle.UnderWay == 0 && held.Count(h => h.IsCompleted) == others,
            "the idle one has answered, and nobody else has");
        return (busy, idle, Task.WhenAll(held));
    }

    private static async Task<Backend[]> FourByHash(Bench bench, string policy)
    {
        var backends = await Four(bench);
        await bench.Policy(new { loadBalancing = new { policy } });
        await bench.Route(new { service = bench.Service, name = "sticky", destinations = new[] { new { service = bench.Service } },
            hash = new[] { new { header = "x-user" } } });
        await bench.Settled();
        return backends;
    }

    private static async Task TakesTurns(Bench bench, string policy)
    {
        var backends = await FourByHash(bench, policy);
        var user = bench.Spec() with { Headers = new Dictionary<string, string> { ["x-user"] = "user-1" } };
        await bench.Reaches(user, backends);
        var calls = await bench.GoodCalls(100, user);
        Assert.All(backends, b => Assert.Equal(25, calls.Count(c => c.Server == b.Name)));
    }

    private static async Task<(Backend Gone, Dictionary<string, string> Before, Dictionary<string, string> After)> Sticks(Bench bench,
        string policy)
    {
        var backends = await FourByHash(bench, policy);
        var before = await Users(bench);
        Assert.Equal(before, await Users(bench));
        Assert.True(before.Values.Distinct().Count() >= 3,
            $"of 60 users' calls only {string.Join(", ", before.Values.Distinct())} get any");

        await bench.Deregister(backends[0]);
        await bench.Settled();
        var after = await Users(bench);
        Assert.DoesNotContain(backends[0].Name, after.Values);
        return (backends[0], before, after);
    }

    private static async Task OthersStay(Bench bench)
    {
        var (gone, before, after) = await Sticks(bench, "ring_hash");
        Assert.All(before.Where(u => u.Value != gone.Name), u => Assert.Equal(u.Value, after[u.Key]));
    }

    private static async Task MostOthersStay(Bench bench)
    {
        var (gone, before, after) = await Sticks(bench, "ring_hash");
        var others = before.Where(u => u.Value != gone.Name).ToList();
        // A quarter of the ring's points are new ones of the three that are left, and two in three of those take calls from another.
        Bounds.Share(0.25 * 2 / 3, others.Count(u => u.Value != after[u.Key]), others.Count);
    }

    private static async Task<Dictionary<string, string>> Users(Bench bench)
    {
        var users = new Dictionary<string, string>();
        for (var user = 0; user < 60; user++)
        {
            var call = bench.Spec() with { Headers = new Dictionary<string, string> { ["x-user"] = $"user-{user}" } };
            users[$"user-{user}"] = Assert.Single(await bench.GoodCalls(1, call)).Server;
        }

        return users;
    }

    private static async Task OwnZone(Bench bench)
    {
        var (own, _) = await TwoZones(bench);
        await bench.Reaches(own);
    }

    private static async Task BothZones(Bench bench)
    {
        var (own, foreign) = await TwoZones(bench);
        await bench.Reaches([.. own, .. foreign]);
    }

    private static async Task<(Backend[] Own, Backend[] Foreign)> TwoZones(Bench bench)
    {
        var (own, foreign) = (new List<Backend>(), new List<Backend>());
        for (var i = 0; i < 3; i++)
        {
            own.Add(await bench.Backend($"own-{i}", zone: ConformanceMesh.Zone));
            foreign.Add(await bench.Backend($"foreign-{i}", zone: "z9"));
        }

        await bench.Policy(new { loadBalancing = new { policy = "round_robin", zoneAware = true } });
        return ([.. own], [.. foreign]);
    }

    private static async Task<Backend[]> Four(Bench bench)
    {
        var backends = new List<Backend>();
        foreach (var name in AtoD) backends.Add(await bench.Backend(name));
        return [.. backends];
    }
}
