namespace Mesh.Tests.Conformance.Scenarios;

/// <summary>What a route does to calls on their way.</summary>
internal static class OnTheWay
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("header_changes", "headers are set, added and removed, of requests and answers", bench => Headers(bench, changed: true),
            bench => Headers(bench, changed: false)),
        new("path_rewrite", "a prefix is rewritten", bench => Rewrite(bench, "/v2.Shop/Get"), bench => Rewrite(bench, CallSpec.Get)),
        new("mirror", "another service gets a copy of every request", bench => Mirror(bench, copied: true),
            bench => Mirror(bench, copied: false)),
        new("redirect", "the caller is sent elsewhere", Redirect,
            bench => Fails(bench, new { service = bench.Service, redirect = new { host = "elsewhere", status = 307 } })),
        new("direct_response", "the caller gets the route's answer", Respond,
            bench => Fails(bench, new { service = bench.Service, directResponse = new { status = 200, body = "closed" } })),
        new("fault_delay", "every request waits as long as the route says", Delay),
        new("fault_abort", "half of the requests fail with the route's status", Abort),
        new("sticky_cookie", "a cookie is given out, and calls with it stick to one instance", StickyCookie, SpreadWithoutCookie),
    ];

    private static async Task Headers(Bench bench, bool changed)
    {
        var backend = await bench.Backend("one");
        await bench.Route(new
        {
            service = bench.Service, destinations = new[] { new { service = bench.Service } },
            headers = new
            {
                request = new { set = new Dictionary<string, string> { ["x-set"] = "route" },
                    add = new Dictionary<string, string> { ["x-added"] = "route" }, remove = new[] { "x-removed" } },
                response = new { set = new Dictionary<string, string> { ["x-answer"] = "route" }, remove = new[] { "x-secret" } },
            },
        });
        await bench.Settled();
        var headers = new Dictionary<string, string> { ["x-set"] = "caller", ["x-removed"] = "caller" };
        var call = (await bench.GoodCalls(1, bench.Spec() with { Headers = headers }))[0];
        var seen = Assert.Single(backend.Seen).Headers;
        Assert.Equal(changed ? ("route", "route", false) : ("caller", "", true),
            (seen["x-set"], seen.GetValueOrDefault("x-added", ""), seen.ContainsKey("x-removed")));
        Assert.Equal(changed ? ("route", false) : ("", true),
            (call.Headers.GetValueOrDefault("x-answer", ""), call.Headers.ContainsKey("x-secret")));
    }

    private static async Task Rewrite(Bench bench, string path)
    {
        var backend = await bench.Backend("one");
        await bench.Route(new
        {
            service = bench.Service, match = new[] { new { path = new { prefix = "/conform.Shop" } } },
            destinations = new[] { new { service = bench.Service } }, rewrite = new { prefix = "/v2.Shop" },
        });
        await bench.Settled();
        await bench.GoodCalls(1);
        Assert.Equal(path, Assert.Single(backend.Seen).Path);
    }

    private static async Task Mirror(Bench bench, bool copied)
    {
        var backend = await bench.Backend("one");
        var shadow = await bench.Backend("shadow", of: bench.Other("shadow"));
        await bench.Route(new { service = bench.Service, destinations = new[] { new { service = bench.Service } },
            mirror = new[] { new { service = bench.Other("shadow") } } });
        await bench.Settled();
        Assert.All(await bench.GoodCalls(20), c => Assert.Equal(backend.Name, c.Server));
        if (copied) await bench.Until(() => shadow.Seen.Count == 20, "each request has been copied");
        else Assert.Empty(shadow.Seen);
        Assert.Equal(20, backend.Seen.Count);
    }

    private static async Task Redirect(Bench bench)
    {
        var backend = await bench.Backend("one");
        await bench.Route(new { service = bench.Service, redirect = new { host = "elsewhere.example", status = 307 } });
        await bench.Settled();
        var call = await bench.Call();
        Assert.Equal((307, $"http://elsewhere.example{CallSpec.Get}"), (call.Status, call.Headers["location"]));
        Assert.Empty(backend.Seen);
    }

    private static async Task Respond(Bench bench)
    {
        var backend = await bench.Backend("one");
        await bench.Route(new { service = bench.Service, directResponse = new { status = 503, body = "closed" } });
        await bench.Settled();
        var call = await bench.Call();
        Assert.Equal((503, "closed"), (call.Status, call.Text));
        Assert.Empty(backend.Seen);
    }

    private static async Task Fails(Bench bench, object route)
    {
        var backend = await bench.Backend("one");
        await bench.Route(route);
        await bench.Settled();
        Assert.NotEqual(Outcome.Ok, (await bench.Call()).Outcome);
        Assert.Empty(backend.Seen);
    }

    private static async Task Delay(Bench bench)
    {
        await bench.Backend("one");
        await bench.Route(new { service = bench.Service, destinations = new[] { new { service = bench.Service } },
            fault = new { delay = new { @fixed = "300ms", percent = 100 } } });
        await bench.Settled();
        // Clocks differ by a few milliseconds at most.
        Assert.All(await bench.GoodCalls(5, atOnce: 5), c => Assert.True(c.Took >= TimeSpan.FromMilliseconds(290), $"{c}"));
    }

    private static async Task Abort(Bench bench)
    {
        var backend = await bench.Backend("one");
        await bench.Route(new
        {
            service = bench.Service, destinations = new[] { new { service = bench.Service } },
            fault = new { abort = new { httpStatus = 503, grpcStatus = "UNAVAILABLE", percent = 50 } },
        });
        await bench.Settled();
        var calls = await bench.Calls(400, atOnce: 8);
        Assert.All(calls, c => Assert.Contains(c.Outcome, (Outcome[])[Outcome.Ok, Outcome.Unavailable]));
        Bounds.Share(0.5, calls.Count(c => c.Outcome == Outcome.Unavailable), calls.Count);
        Assert.Equal(calls.Count(c => c.Outcome == Outcome.Ok), backend.Seen.Count);
    }

    private static async Task StickyCookie(Bench bench)
    {
        await Sticky(bench);
        var first = (await bench.GoodCalls(1))[0];
        var cookie = first.Headers["set-cookie"].Split(';')[0];
        Assert.StartsWith("sid=", cookie);
        var again = await bench.GoodCalls(20, bench.Spec() with { Headers = new Dictionary<string, string> { ["cookie"] = cookie } });
        Assert.All(again, c => Assert.Equal(first.Server, c.Server));
    }

    private static async Task SpreadWithoutCookie(Bench bench)
    {
        var backends = await Sticky(bench);
        await bench.Reaches(backends);
    }

    private static async Task<Backend[]> Sticky(Bench bench)
    {
        Backend[] backends = [await bench.Backend("a"), await bench.Backend("b"), await bench.Backend("c")];
        await bench.Policy(new { loadBalancing = new { policy = "ring_hash" } });
        await bench.Route(new { service = bench.Service, destinations = new[] { new { service = bench.Service } },
            hash = new[] { new { cookie = new { name = "sid", ttl = "1h" } } } });
        await bench.Settled();
        return backends;
    }
}
