namespace Mesh.Tests.Conformance.Scenarios;

/// <summary>Where a route leads.</summary>
internal static class Routing
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("traffic_splitting", "of 1,000 calls after the ACK, 20 % go to one subset and 80 % to the other", Splitting),
        new("traffic_splitting_by_any_sum", "weights 1 and 2 are a third and two thirds", AnySum),
        new("traffic_splitting_to_zero", "a destination whose weight becomes 0 gets no call", ToZero),
        new("path_matching", "exact paths, prefixes, templates and regular expressions take what they should and nothing else", Paths),
        new("header_matching", "exact, prefix, suffix, regex, present and inverted tests of headers", Headers),
        new("header_matching_where_missing", "an inverted test of a value holds where the header is missing", MissingHeaders),
        new("grpc_method_matching", "`grpc` takes calls of a method", bench => GrpcMethod(bench, taken: true),
            bench => GrpcMethod(bench, taken: false)),
        new("http_method_matching", "`methods: [GET]` takes GET requests", bench => HttpMethods(bench, taken: true),
            bench => HttpMethods(bench, taken: false)),
        new("query_matching", "tests of query parameters", bench => Query(bench, taken: true), bench => Query(bench, taken: false)),
        new("route_order", "priority, then the kind of path, then the longer path decides, whatever was made first", bench => Order(bench),
            bench => Order(bench, deep: "short")),
        new("source_matching", "a rule with a `source` takes that service's calls and nobody else's", Source),
        new("other_namespace", "a destination may be in another namespace", Namespace),
        new("subset_by_selector", "a subset is what its selector finds", Selector),
    ];

    private static async Task Splitting(Bench bench)
    {
        var one = await bench.Backend("one", version: "v1");
        var two = await bench.Backend("two", version: "v2");
        await bench.Route(Split(bench, 100, 0));
        await bench.Reaches(one);
        Assert.All(await bench.GoodCalls(1_000, atOnce: 8), c => Assert.Equal(one.Name, c.Server));
        await bench.Route(Split(bench, 20, 80));
        await bench.Reaches(one, two);
        var calls = await bench.GoodCalls(1_000, atOnce: 8);
        Bounds.Share(0.8, calls.Count(c => c.Server == two.Name), calls.Count);
    }

    private static async Task AnySum(Bench bench)
    {
        var (one, two) = (await bench.Backend("one", version: "v1"), await bench.Backend("two", version: "v2"));
        await bench.Route(Split(bench, 1, 2));
        await bench.Reaches(one, two);
        var calls = await bench.GoodCalls(1_000, atOnce: 8);
        Bounds.Share(2.0 / 3, calls.Count(c => c.Server == two.Name), calls.Count);
    }

    private static async Task ToZero(Bench bench)
    {
        var (one, two) = (await bench.Backend("one", version: "v1"), await bench.Backend("two", version: "v2"));
        await bench.Route(Split(bench, 1, 1));
        await bench.Reaches(one, two);
        await bench.Route(Split(bench, 1, 0));
        await bench.Reaches(one);
        Assert.All(await bench.GoodCalls(200, atOnce: 4), c => Assert.Equal(one.Name, c.Server));
    }

    /// <summary>A route over the versions v1 and v2 of the scenario's service.</summary>
    public static object Split(Bench bench, int one, int two) => new
    {
        service = bench.Service, name = "split",
        destinations = new[] { new { service = bench.Service, subset = "v1", weight = one },
            new { service = bench.Service, subset = "v2", weight = two } },
    };

    private static async Task Paths(Bench bench)
    {
        await TwoVersions(bench);
        foreach (var (path, takes, leaves) in (IReadOnlyList<(object, string[], string[])>)
        [
            (new { exact = "/conform.Shop/Get" }, ["/conform.Shop/Get"], ["/conform.Shop/Buy", "/conform.Shop/GetAll"]),
            (new { prefix = "/conform.Shop" }, ["/conform.Shop/Get"], ["/conform.Shops/Get", "/conform/Get"]),
            (new { template = "/{service}/Get" }, ["/conform.Shop/Get", "/other.Shop/Get"], ["/conform.Shop/Buy"]),
            (new { regex = "/conform\\.[A-Z][a-z]+/(Get|List)" }, ["/conform.Shop/Get", "/conform.Cart/List"],
                ["/conform.Shop/Buy", "/conform.Shop/GetAll"]),
        ])
        {
            await bench.Route(ToNew(bench, new { path }));
            await bench.Settled();
            foreach (var taken in takes) Assert.Equal("new", (await bench.GoodCalls(1, bench.Spec(taken)))[0].Server);
            foreach (var left in leaves) Assert.Equal("old", (await bench.GoodCalls(1, bench.Spec(left)))[0].Server);
        }
    }

    private static async Task Headers(Bench bench)
    {
        await TwoVersions(bench);
        foreach (var (header, value, other) in (IReadOnlyList<(object, string, string?)>)
        [
            (new { name = "x-user", exact = "beta" }, "beta", "beta2"),
            (new { name = "x-user", prefix = "be" }, "beta", "abe"),
            (new { name = "x-user", suffix = "ta" }, "beta", "tab"),
            (new { name = "x-user", regex = "b.*a" }, "beta", "betas"),
            (new { name = "x-user", present = true }, "anybody", null),
            (new { name = "x-user", exact = "alpha", invert = true }, "beta", "alpha"),
        ])
        {
            await bench.Route(ToNew(bench, new { headers = new[] { header } }));
            await bench.Settled();
            Assert.Equal("new", (await bench.GoodCalls(1, From(bench, value)))[0].Server);
            Assert.Equal("old", (await bench.GoodCalls(1, From(bench, other)))[0].Server);
        }
    }

    private static async Task MissingHeaders(Bench bench)
    {
        await TwoVersions(bench);
        foreach (var (tests, taken, left) in (IReadOnlyList<(object[], string?[], string?[])>)
        [
            ([new { name = "x-user", exact = "alpha", invert = true }], [null, "beta"], ["alpha"]),
            ([new { name = "x-user", exact = "", invert = true }], [null, "beta"], []),
            ([new { name = "x-user", regex = "(alpha)?", invert = true }], [null, "beta"], ["alpha"]),
            ([new { name = "x-user", prefix = "al", invert = true }, new { name = "x-other", suffix = "z", invert = true }], [null, "beta"],
                ["alpha"]),
            ([new { name = "x-user", present = false }], [null], ["alpha"]),
        ])
        {
            await bench.Route(ToNew(bench, new { headers = tests }));
            await bench.Settled();
            foreach (var user in taken) Assert.Equal("new", (await bench.GoodCalls(1, From(bench, user)))[0].Server);
            foreach (var user in left) Assert.Equal("old", (await bench.GoodCalls(1, From(bench, user)))[0].Server);
        }
    }

    private static CallSpec From(Bench bench, string? user) =>
        user is null ? bench.Spec() : bench.Spec() with { Headers = new Dictionary<string, string> { ["x-user"] = user } };

    private static async Task GrpcMethod(Bench bench, bool taken)
    {
        await TwoVersions(bench);
        await bench.Route(ToNew(bench, new { grpc = new { service = "conform.Shop", method = "Get" } }));
        await bench.Settled();
        Assert.Equal(taken ? "new" : "old", (await bench.GoodCalls(1))[0].Server);
        Assert.Equal("old", (await bench.GoodCalls(1, bench.Spec(CallSpec.Buy)))[0].Server);
    }

    private static async Task HttpMethods(Bench bench, bool taken)
    {
        await TwoVersions(bench);
        await bench.Route(ToNew(bench, new { methods = new[] { "GET" } }));
        await bench.Settled();
        Assert.Equal(taken ? "new" : "old", (await bench.GoodCalls(1))[0].Server);
    }

    private static async Task Query(Bench bench, bool taken)
    {
        await TwoVersions(bench);
        await bench.Route(ToNew(bench, new { query = new[] { new { name = "v", exact = "2" } } }));
        await bench.Settled();
        Assert.Equal(taken ? "new" : "old", (await bench.GoodCalls(1, bench.Spec() with { Query = "?v=2" }))[0].Server);
        Assert.Equal("old", (await bench.GoodCalls(1, bench.Spec() with { Query = "?v=22" }))[0].Server);
    }

    private static async Task Source(Bench bench)
    {
        await TwoVersions(bench);
        await bench.Route(ToNew(bench, new { source = new { service = "somebody-else" } }));
        await bench.Settled();
        Assert.All(await bench.GoodCalls(10), c => Assert.Equal("old", c.Server));
        await bench.Route(ToNew(bench, new { source = new { service = ConformanceMesh.Caller } }));
        await bench.Settled();
        Assert.All(await bench.GoodCalls(10), c => Assert.Equal("new", c.Server));
        await bench.RemoveRoute("rule");
        await bench.Settled();
        Assert.All(await bench.GoodCalls(10), c => Assert.Equal("old", c.Server));
    }

    private static async Task Namespace(Bench bench)
    {
        await bench.Backend("near");
        var far = await bench.Backend("far", ns: "elsewhere");
        await bench.Route(new { service = bench.Service,
            destinations = new[] { new { service = bench.Service, @namespace = "elsewhere" } } });
        await bench.Reaches(far);
        await bench.Reaches(new CallSpec($"{bench.Service}.elsewhere"), far);
    }

    private static async Task Order(Bench bench, string deep = "long")
    {
        foreach (var version in (string[])["any", "short", "long", "exact", "first"]) await bench.Backend(version, version: version);
        await To("any", null);
        await To("short", new { prefix = "/conform.Shop" });
        await To("exact", new { exact = "/conform.Shop/Get" });
        await To("long", new { prefix = "/conform.Shop/Orders" });
        await bench.Settled();
        Assert.Equal(["exact", "short", deep, "any"], await Servers());
        await To("first", new { prefix = "/conform.Shop" }, priority: 1);
        await bench.Settled();
        Assert.Equal(["first", "first", "first", "any"], await Servers());
        await bench.RemoveRoute("first");
        await bench.Settled();
        Assert.Equal(["exact", "short", deep, "any"], await Servers());

        Task To(string version, object? path, int priority = 0) => bench.Route(new
        {
            service = bench.Service, name = version, priority, match = path is null ? null : new[] { new { path } },
            destinations = new[] { new { service = bench.Service, subset = version } },
        });

        async Task<List<string>> Servers()
        {
            var servers = new List<string>();
            foreach (var path in (string[])[CallSpec.Get, CallSpec.Buy, "/conform.Shop/Orders/7", "/elsewhere.Shop/Get"])
                servers.Add((await bench.GoodCalls(1, bench.Spec(path)))[0].Server);
            return servers;
        }
    }

    private static async Task Selector(Bench bench)
    {
        await bench.Backend("plain");
        var canary = await bench.Backend("canary", metadata: new Dictionary<string, string> { ["track"] = "canary" });
        await bench.Policy(new { subsets = new[] { new { name = "tried-out", selector = new { track = "canary" } } } });
        await bench.Route(new { service = bench.Service, name = "all",
            destinations = new[] { new { service = bench.Service, subset = "tried-out" } } });
        await bench.Reaches(canary);
        Assert.All(await bench.GoodCalls(20), c => Assert.Equal(canary.Name, c.Server));
    }

    private static async Task TwoVersions(Bench bench)
    {
        await bench.Backend("old", version: "v1");
        await bench.Backend("new", version: "v2");
        await bench.Route(new { service = bench.Service, destinations = new[] { new { service = bench.Service, subset = "v1" } } });
    }

    private static object ToNew(Bench bench, object match) => new
    {
        service = bench.Service, name = "rule", match = new[] { match },
        destinations = new[] { new { service = bench.Service, subset = "v2" } },
    };
}
