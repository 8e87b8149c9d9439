namespace Mesh.Tests.Conformance.Scenarios;

/// <summary>Where calls go when instances fail.</summary>
internal static class Failover
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("backends_restart", "instances that all stop fail every call, and get them again when they are back", Restart),
        new("secondary_locality_gets_requests_on_primary_failure",
            "the second zone of `failover` gets calls while nobody of the first can be reached, and none before and after", OnFailure),
        new("secondary_locality_gets_no_requests_on_partial_primary_failure", "it gets none while one of the first can be reached",
            OnPartialFailure),
        new("gentle_failover", "of a first zone with 2 of 3 instances ejected, 53 % of the calls go to the second (1.4 × 1/3 stay)", Gentle,
            AllAtOnce),
        new("panic_threshold", "where fewer than half of the instances are healthy and there is no other zone, ejections are ignored",
            Panic, NoPanic),
        new("fallback", "another service answers while the service has nobody, and not when it has", Fallback, NoFallback),
        new("outlier_detection", "an instance that only fails is ejected, and comes back when its time is over", Outliers),
        new("circuit_breaker_threshold", "`threshold` failures of an instance take it out", Threshold),
    ];

    private static async Task Restart(Bench bench)
    {
        Backend[] backends = [await bench.Backend("a"), await bench.Backend("b")];
        await bench.Reaches(backends);
        foreach (var backend in backends) await backend.Stop();
        await bench.Ends(Outcome.Unavailable);
        Assert.All(await bench.Calls(10), c => Assert.Equal(Outcome.Unavailable, c.Outcome));
        foreach (var backend in backends) await backend.Start();
        await bench.Becomes(backends);
        var calls = await bench.GoodCalls(100);
        Assert.All(backends, b => Assert.Equal(50, calls.Count(c => c.Server == b.Name)));
    }

    private static async Task OnFailure(Bench bench)
    {
        var (first, second) = await TwoZones(bench, 2);
        await bench.Reaches(first);
        foreach (var backend in first) await backend.Stop();
        await bench.Becomes(second);
        foreach (var backend in first) await backend.Start();
        await bench.Becomes(first);
    }

    private static async Task OnPartialFailure(Bench bench)
    {
        var (first, second) = await TwoZones(bench, 2);
        await bench.Reaches(first);
        await first[0].Stop();
        await bench.Becomes(first[1]);
        await bench.GoodCalls(50);
        Assert.All(second, b => Assert.Empty(b.Seen));
    }

    private static async Task Gentle(Bench bench)
    {
        var second = await TwoEjected(bench);
        await bench.Until(async () => (await bench.Calls(20)).All(c => c.Outcome == Outcome.Ok), "those that fail are ejected");
        var calls = await bench.GoodCalls(600, atOnce: 8);
        Bounds.Share(1 - (1.4 / 3), calls.Count(c => second.Any(b => b.Name == c.Server)), calls.Count);
    }

    private static async Task AllAtOnce(Bench bench)
    {
        var second = await TwoEjected(bench);
        await bench.Until(async () => (await bench.Calls(20)).All(c => c.Server == "first-2"),
            "those that fail are ejected, and the one that is left has all calls");
        Assert.All(await bench.GoodCalls(100), c => Assert.Equal("first-2", c.Server));
        Assert.All(second, b => Assert.Empty(b.Seen));
    }

    private static async Task<Backend[]> TwoEjected(Bench bench)
    {
        var (first, second) = await TwoZones(bench, 3);
        await bench.Resilience("outlier-detection",
            new { service = bench.Service, consecutive5xx = 3, interval = "300ms", baseEjectionTime = "1h", maxEjectionTime = "1h",
                maxEjectedPercent = 100 });
        await bench.Settled();
        first[0].Says = first[1].Says = Outcome.Internal;
        return second;
    }

    private static async Task<(Backend[] First, Backend[] Second)> TwoZones(Bench bench, int each)
    {
        var (first, second) = (new List<Backend>(), new List<Backend>());
        for (var i = 0; i < each; i++)
        {
            first.Add(await bench.Backend($"first-{i}", zone: "f1"));
            second.Add(await bench.Backend($"second-{i}", zone: "f2"));
        }

        await bench.Policy(new { loadBalancing = new { policy = "round_robin", failover = new[] { "f1", "f2" } } });
        return ([.. first], [.. second]);
    }

    private static async Task Panic(Bench bench)
    {
        var (good, bad) = await MostFail(bench);
        await bench.Calls(60);
        var seen = (Bad: bad.Sum(b => b.Seen.Count), Good: good.Seen.Count);
        await bench.Calls(60);
        Assert.Equal((40, 20), (bad.Sum(b => b.Seen.Count) - seen.Bad, good.Seen.Count - seen.Good));
    }

    private static async Task NoPanic(Bench bench)
    {
        var (good, _) = await MostFail(bench);
        await bench.Until(async () => (await bench.Calls(20)).All(c => c.Server == good.Name), "only the good one gets calls");
    }

    private static async Task<(Backend Good, Backend[] Bad)> MostFail(Bench bench)
    {
        var (good, one, two) = (await bench.Backend("good"), await bench.Backend("bad-1"), await bench.Backend("bad-2"));
        await bench.Resilience("outlier-detection",
            new { service = bench.Service, consecutive5xx = 3, interval = "300ms", baseEjectionTime = "1h", maxEjectionTime = "1h",
                maxEjectedPercent = 100 });
        await bench.Policy(new { loadBalancing = new { policy = "round_robin", panicThreshold = 50 } });
        await bench.Settled();
        one.Says = two.Says = Outcome.Internal;
        return (good, [one, two]);
    }

    private static async Task Fallback(Bench bench)
    {
        await WithFallback(bench);
        Assert.All(await bench.GoodCalls(5), c => Assert.Equal("spare", c.Server));
        var own = await bench.Backend("own");
        await bench.Reaches(own);
        own.Says = Outcome.Unavailable;
        Assert.All(await bench.GoodCalls(5), c => Assert.Equal("spare", c.Server));
    }

    private static async Task NoFallback(Bench bench)
    {
        await WithFallback(bench);
        Assert.Equal(Outcome.Unavailable, (await bench.Call()).Outcome);
    }

    // The service is there and has nobody: a route alone makes it.
    private static async Task WithFallback(Bench bench)
    {
        await bench.Route(new { service = bench.Service, destinations = new[] { new { service = bench.Service } } });
        await bench.Backend("spare", of: bench.Other("spare"));
        await bench.Resilience("fallbacks", new { service = bench.Service, fallback = bench.Other("spare") });
        await bench.Settled();
    }

    private static async Task Outliers(Bench bench)
    {
        var (good, bad) = (await bench.Backend("good"), await bench.Backend("bad"));
        await bench.Resilience("outlier-detection",
            new { service = bench.Service, consecutive5xx = 3, interval = "300ms", baseEjectionTime = "1s", maxEjectedPercent = 50 });
        await bench.Settled();
        bad.Says = Outcome.Internal;
        await bench.Until(async () => (await bench.Calls(20)).All(c => c is { Outcome: Outcome.Ok, Server: "good" }),
            "only the good one gets calls");
        bad.Says = Outcome.Ok;
        await bench.Becomes(good, bad);
    }

    private static async Task Threshold(Bench bench)
    {
        await bench.Backend("good");
        var bad = await bench.Backend("bad");
        await bench.Resilience("circuit-breakers", new { service = bench.Service, threshold = 3 });
        // The circuit breaker's own interval is 10 s; what gRPC counts by comes from outlier detection.
        await bench.Resilience("outlier-detection",
            new { service = bench.Service, consecutive5xx = 50, interval = "300ms", maxEjectedPercent = 50 });
        await bench.Settled();
        bad.Says = Outcome.Internal;
        await bench.Until(async () => (await bench.Calls(20)).All(c => c is { Outcome: Outcome.Ok, Server: "good" }),
            "only the good one gets calls");
    }
}
