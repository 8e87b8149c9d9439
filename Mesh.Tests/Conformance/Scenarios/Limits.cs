using System.Diagnostics;

namespace Mesh.Tests.Conformance.Scenarios;

/// <summary>How long, how often and how much at once.</summary>
internal static class Limits
{
    // A repetition takes a turn too, so that it may be the bad instance's turn each time; three in a second are always allowed.
    private const int WithinBudget = 3;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("circuit_breaking", "5 requests are under way and the others fail at once; with the limit raised to 8, 8 are", CircuitBreaking),
        new("bulkhead", "with `maxConcurrent` 2 and `maxQueued` 2, of 6 requests 2 are under way, 2 wait and 2 are refused",
            bench => Bulkhead(bench, queued: 2), bench => Bulkhead(bench, queued: 0)),
        new("rate_limit", "of 10 calls, a bucket of 5 tokens a minute lets 5 in, and the others are told that it is too much", RateLimit,
            NoRateLimit),
        new("timeout",
            "calls of a route end at its `timeout`, others of the service do not; the caller's own time counts where it is shorter",
            Timeout),
        new("service_timeout", "calls of routes without one end at the service's `request` timeout", ServiceTimeout),
        new("retry", "what one instance refuses as unavailable, another answers", Retry),
        new("retry_on_http_status", "a `5xx` is sent again", RetryOnStatus, NoRetryOnStatus),
        new("per_try_timeout", "an attempt that takes too long is made again elsewhere", PerTry, NoPerTry),
        new("retry_budget", "of a service that only fails, 20 % of the requests and 3 a second are sent again, no more", Budget, NoBudget),
    ];

    private static async Task CircuitBreaking(Bench bench)
    {
        var backend = await bench.Backend("one");
        await bench.Resilience("circuit-breakers", new { service = bench.Service, threshold = 1_000, maxRequests = 5 });
        await bench.Reaches(backend);
        backend.Hold();
        var first = await Fill(bench, backend, 5);
        // All are refused before the limit is raised: one that begins late would take a place of the new ones.
        AssertRefused(7, await bench.Calls(7, atOnce: 7));
        await bench.Resilience("circuit-breakers", new { service = bench.Service, threshold = 1_000, maxRequests = 8 });
        await bench.Settled();
        var second = await Fill(bench, backend, 3);
        AssertRefused(9, await bench.Calls(9, atOnce: 9));
        Assert.Equal(8, backend.UnderWay);
        backend.Release();
        AssertRefused(0, [.. (await Task.WhenAll([.. first, .. second])).SelectMany(c => c)]);
    }

    /// <summary>
    /// Begins so many calls one after another, each when the one before is in progress: what a client bounds by is what has begun.
    /// </summary>
    private static async Task<List<Task<IReadOnlyList<CallResult>>>> Fill(Bench bench, Backend backend, int count)
    {
        var calls = new List<Task<IReadOnlyList<CallResult>>>();
        for (var i = 0; i < count; i++)
        {
            var before = backend.UnderWay;
            calls.Add(bench.Calls(1, bench.Held()));
            await bench.Until(() => backend.UnderWay == before + 1, $"{before + 1} requests are under way");
        }

        return calls;
    }

    private static void AssertRefused(int refused, IReadOnlyList<CallResult> calls)
    {
        Assert.All(calls, c => Assert.Contains(c.Outcome, (Outcome[])[Outcome.Ok, Outcome.Unavailable]));
        Assert.Equal(refused, calls.Count(c => c.Outcome == Outcome.Unavailable));
    }

    private static async Task Bulkhead(Bench bench, int queued)
    {
        var backend = await bench.Backend("one");
        await bench.Resilience("bulkheads", new { service = bench.Service, maxConcurrent = 2, maxQueued = 2 });
        await bench.Reaches(backend);
        backend.Hold();
        var seen = backend.Seen.Count;
        var calls = await Fill(bench, backend, 2);
        for (var i = 0; i < 4; i++) calls.Add(bench.Calls(1, bench.Held()));
        await bench.Until(() => backend.UnderWay == 2 && calls.Count(c => c.IsCompleted) == 4 - queued,
            $"2 requests are under way and {4 - queued} are refused");
        backend.Release();
        AssertRefused(4 - queued, [.. (await Task.WhenAll(calls)).SelectMany(c => c)]);
        Assert.Equal(seen + 2 + queued, backend.Seen.Count);
    }

    private static async Task RateLimit(Bench bench)
    {
        var calls = await Limited(bench);
        // A token comes every 12 s: while the calls last there may be one or two more.
        Assert.InRange(calls.Count(c => c.Outcome == Outcome.Ok), 5, 7);
        Assert.All(calls.Where(c => c.Outcome != Outcome.Ok), c => Assert.Equal(Outcome.TooMuch, c.Outcome));
    }

    private static async Task NoRateLimit(Bench bench) => Assert.All(await Limited(bench), c => Assert.Equal(Outcome.Ok, c.Outcome));

    private static async Task<IReadOnlyList<CallResult>> Limited(Bench bench)
    {
        await bench.Backend("one");
        await bench.Resilience("rate-limits", new { service = bench.Service, requests = 5, unit = "minute", burst = 5 });
        await bench.Settled();
        return await bench.Calls(10);
    }

    private static async Task Timeout(Bench bench)
    {
        var backend = await bench.Backend("one");
        await bench.Route(new { service = bench.Service, match = new[] { new { path = new { exact = CallSpec.Get } } },
            destinations = new[] { new { service = bench.Service } }, timeout = "2s" });
        await bench.Reaches(backend);
        backend.Hold();
        var other = bench.Calls(1, bench.Held(CallSpec.Buy));
        var limited = await bench.Call();
        Assert.Equal(Outcome.TimedOut, limited.Outcome);
        Assert.True(limited.Took >= TimeSpan.FromMilliseconds(1_990), $"{limited}");
        var impatient = await bench.Call(bench.Spec(CallSpec.Buy) with { Deadline = TimeSpan.FromMilliseconds(200) });
        Assert.Equal(Outcome.TimedOut, impatient.Outcome);
        Assert.False(other.IsCompleted);
        backend.Release();
        Assert.Equal(Outcome.Ok, (await other)[0].Outcome);
        await bench.GoodCalls(5);
    }

    private static async Task ServiceTimeout(Bench bench)
    {
        var backend = await bench.Backend("one");
        await bench.Resilience("timeouts", new { service = bench.Service, request = "2s" });
        await bench.Reaches(backend);
        backend.Hold();
        Assert.Equal(Outcome.TimedOut, (await bench.Call()).Outcome);
    }

    private static async Task Retry(Bench bench)
    {
        var (good, bad) = (await bench.Backend("good"), await bench.Backend("bad"));
        await bench.Reaches(good, bad);
        bad.Says = Outcome.Unavailable;
        Assert.Equal(3, (await bench.Calls(6)).Count(c => c.Outcome == Outcome.Unavailable));
        await bench.Route(Again(bench, "unavailable", "503"));
        await bench.Settled();
        var seen = bad.Seen.Count;
        Assert.All(await bench.GoodCalls(WithinBudget), c => Assert.Equal(good.Name, c.Server));
        Assert.NotEqual(seen, bad.Seen.Count);
    }

    private static async Task RetryOnStatus(Bench bench)
    {
        var good = await OneInternal(bench);
        Assert.All(await bench.GoodCalls(WithinBudget), c => Assert.Equal(good.Name, c.Server));
    }

    private static async Task NoRetryOnStatus(Bench bench)
    {
        await OneInternal(bench);
        Assert.Equal(3, (await bench.Calls(6)).Count(c => c.Outcome == Outcome.Internal));
    }

    private static async Task<Backend> OneInternal(Bench bench)
    {
        var (good, bad) = (await bench.Backend("good"), await bench.Backend("bad"));
        await bench.Route(Again(bench, "5xx"));
        await bench.Reaches(good, bad);
        bad.Says = Outcome.Internal;
        return good;
    }

    private static async Task PerTry(Bench bench)
    {
        var (good, _) = await OneHangs(bench);
        Assert.All(await bench.GoodCalls(WithinBudget), c => Assert.Equal(good.Name, c.Server));
    }

    private static async Task NoPerTry(Bench bench)
    {
        await OneHangs(bench);
        Assert.Equal(2, (await bench.Calls(4)).Count(c => c.Outcome == Outcome.TimedOut));
    }

    private static async Task<(Backend Good, Backend Slow)> OneHangs(Bench bench)
    {
        var (good, slow) = (await bench.Backend("good"), await bench.Backend("slow"));
        await bench.Route(new
        {
            service = bench.Service, destinations = new[] { new { service = bench.Service } }, timeout = "4s",
            retry = new { attempts = 1, perTryTimeout = "1500ms", on = new[] { "gateway-error", "deadline-exceeded", "unavailable" } },
        });
        await bench.Reaches(good, slow);
        slow.Hold();
        return (good, slow);
    }

    private static async Task Budget(Bench bench)
    {
        var begun = Stopwatch.GetTimestamp();
        var (calls, seen) = await AllFail(bench);
        var seconds = (int)Stopwatch.GetElapsedTime(begun).TotalSeconds + 2;
        Assert.InRange(seen - calls, 1, (calls / 5) + (3 * seconds));
    }

    private static async Task NoBudget(Bench bench)
    {
        var (calls, seen) = await AllFail(bench);
        Assert.Equal(2 * calls, seen);
    }

    private static async Task<(int Calls, int Seen)> AllFail(Bench bench)
    {
        var backend = await bench.Backend("one");
        await bench.Route(Again(bench, "unavailable", "503"));
        await bench.Settled();
        backend.Says = Outcome.Unavailable;
        var calls = await bench.Calls(100, atOnce: 4);
        Assert.All(calls, c => Assert.Equal(Outcome.Unavailable, c.Outcome));
        return (calls.Count, backend.Seen.Count);
    }

    private static object Again(Bench bench, params string[] on) => new
    {
        service = bench.Service, destinations = new[] { new { service = bench.Service } },
        retry = new { attempts = 1, on, backoff = new { @base = "1ms", max = "5ms" } },
    };
}
