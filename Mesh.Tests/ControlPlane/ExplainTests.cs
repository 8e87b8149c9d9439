using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Resilience;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Log;
using Mesh.Resilience.State;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Tests.Traffic.Support;

namespace Mesh.Tests.ControlPlane;

/// <summary>
/// What <c>traffic explain</c> says is what the gateway does: the control plane, the gateway and the services behind it are real.
/// </summary>
public sealed class ExplainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string[] Callers = ["web", "app"];
    private static readonly string[] Paths = ["/", "/cart", "/cart/1", "/carts", "/pay", "/pay/x/y", "/a.b/c"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(20261)]
    [InlineData(20262)]
    [InlineData(20263)]
    public async Task Explain_names_the_route_and_the_cluster_by_which_a_real_request_goes(int usual)
    {
        var random = TestSeed.Draws(usual);
        await using var host = await ControlPlaneHarness.Start();
        await using var one = await TestUpstream.Start();
        await using var two = await TestUpstream.Start();
        host.Replica.Register("shop", "127.0.0.1", one.Port, version: "v1");
        host.Replica.Register("shop", "127.0.0.1", two.Port, version: "v2");
        Set(host, [.. Enumerable.Range(0, 8).Select(n => Rule(random, n))]);
        // Then all types are pushed from the last snapshot, whose sequence the gateway's answers are waited for below.
        await host.Compiled();
        await using var gateway = await RunningGateway.Start(host.Address, null, "--Mesh:Service=web", "--Mesh:NodeId=explained",
            "--Mesh:Gateway:DebugHeaders=true");
        await gateway.KnowsPorts("shop", one.Port, two.Port);
        await Eventually.True(
            async () => (await host.Proxies()).Any(
                p => p.Node == "explained" && p.Types.Count == 4
                    && p.Types.All(t => t is { State: "SYNCED" } && t.Sequence == host.Replica.Current.Sequence)),
            Patience, "the gateway has everything");

        for (var n = 0; n < 60; n++)
        {
            var (method, path, query, user) = (Pick(random, "GET", "POST"), Pick(random, Paths), Pick(random, "", "v=2", "v=1&w=2"),
                Pick(random, "", "beta", "gamma"));
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/shop{path}{(query.Length > 0 ? "?" + query : "")}");
            if (user.Length > 0) request.Headers.Add("x-user", user);
            using var answer = await gateway.Http.SendAsync(request, Token);
            var explained = await Explain(host, new ExplainRequest
            {
                From = "web", To = "shop", Method = method, Path = path, Query = query,
                Headers = user.Length > 0 ? new Dictionary<string, string> { ["X-User"] = user } : null,
            });

            var shown =
                $"{method} {path}?{query} x-user:{user} → {answer.StatusCode} "
                    + $"{string.Join(", ",
                        answer.Headers.Where(h => h.Key.StartsWith("x-mesh", StringComparison.Ordinal))
                            .Select(h => $"{h.Key}={string.Join('|', h.Value)}"))}; {JsonSerializer.Serialize(explained,
                                TrafficJson.Default.ExplainAnswer)}";
            Assert.True(Header(answer, "x-mesh-route") == explained.Route, shown);
            Assert.True(
                explained.Rules.Count(r => r.Result == "takes") == 1
                    && explained.Rules.Single(r => r.Result == "takes").Name == explained.Route, shown);
            Assert.True(
                explained.Rules.TakeWhile(r => r.Result != "takes").All(r => r.Result is "misses" or "other-caller" && r.Why.Count > 0),
                shown);
            if (explained.Action != "forward")
            {
                Assert.True(
                    explained.Treatment!.Answer!.StartsWith(((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture),
                        StringComparison.Ordinal), shown);
                continue;
            }

            var cluster = explained.Clusters.SingleOrDefault(c => c.Name == Header(answer, "x-mesh-cluster"));
            Assert.True(cluster is not null, shown);
            if (cluster.Endpoints.Count == 0) Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            else Assert.True(cluster.Endpoints.Any(e => e.Address == Header(answer, "x-mesh-endpoint")), shown);
        }
    }

    [Fact]
    public async Task It_says_of_each_rule_which_condition_fails_and_what_holds_on_the_way()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("shop", "10.0.0.1", version: "v1", zone: "z1");
        Set(host,
            """{"service":"shop","name":"app","priority":9,"match":[{"source":{"service":"app"}}],"destinations":["""
                + """{"service":"shop@v1"}]}""",
            """{"service":"shop","name":"beta","match":[{"path":{"prefix":"/cart"},"methods":["POST"],"headers":["""
                + """{"name":"x-user","exact":"beta"}],"query":[{"name":"v","exact":"2"}]}],"destinations":[{"service":"shop@v2"}]}""",
            """{"service":"shop","name":"cart","match":[{"path":{"prefix":"/cart"}}],"destinations":["""
                + """{"service":"shop@v1","weight":80},{"service":"shop@v2","weight":20}],"timeout":"2s","retry":{"attempts":2,"on":"""
                + """["5xx","connect-failure","409"]},"mirror":[{"service":"shop@v1","percent":10}],"fault":{"abort":"""
                + """{"httpStatus":503,"percent":5}},"rewrite":{"prefix":"/"}}""");

        var answer = await Eventually.Succeeds(async () =>
        {
            var explained = await Explain(host,
                new ExplainRequest
                {
                    From = "web",
                    To = "shop",
                    Path = "/cart/1",
                    Headers = new Dictionary<string, string> { ["x-user"] = "alpha" },
                });
            Assert.Equal("cart", explained.Route);
            return explained;
        }, Patience, "the rules are compiled");

        Assert.Equal(["app other-caller", "beta misses", "cart takes", "default not-tried"],
            answer.Rules.Select(r => $"{r.Name} {r.Result}"));
        Assert.Equal(["it is for calls of 'app' only, and 'web' calls"], answer.Rules[0].Why);
        Assert.Equal(["method is 'GET': it is not 'POST'", "header x-user is 'alpha': it is not 'beta'", "query parameter v is not '2'"],
            answer.Rules[1].Why);
        Assert.Equal([("shop@v1", 80L, false), ("shop@v2", 20L, false)], answer.Clusters.Select(c => (c.Name, c.Weight, c.Unresolved)));
        Assert.Equal("10.0.0.1:80", Assert.Single(answer.Clusters[0].Endpoints).Address);
        Assert.Empty(answer.Clusters[1].Endpoints);
        Assert.Equal(["retry budget: 20 % of requests, 3 a second in any case"], answer.Clusters[0].Policies);
        var on = answer.Treatment!;
        Assert.Equal("2s", on.Timeout);
        Assert.StartsWith("2 times more on connect-failure, 5xx, 409, after", on.Retry, StringComparison.Ordinal);
        Assert.Equal(["answer 503 in 5 %"], on.Faults);
        Assert.Equal(["10 % to shop@v1"], on.Mirrors);
        Assert.Single(on.Rewrites);
    }

    [Fact]
    public async Task What_grpcs_own_clients_do_otherwise_is_said_of_a_service_that_speaks_grpc()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("shop", "10.0.0.1", protocol: MeshProtocol.Grpc);
        host.Replica.Append(
            NewEvent.Of(ResilienceStreams.Policy(new("default", "shop"), PolicyKind.Fallback),
                new FallbackSet("default", "shop", new() { Namespace = "default", Service = "spare" })));
        Set(host,
            """{"service":"shop","name":"pay","match":[{"grpc":{"service":"a.Pay"}}],"destinations":[{"service":"shop"}],"rewrite":"""
                + """{"host":"a.b"}}""",
            """{"service":"shop","name":"rest","destinations":[{"service":"shop"}],"mirror":[{"service":"shadow"}]}""");
        var answer = await Eventually.Succeeds(async () =>
        {
            var explained = await Explain(host, new ExplainRequest { To = "shop", Method = "POST", Path = "/a.Cart/Get" });
            Assert.Equal("rest", explained.Route);
            return explained;
        }, Patience, "the rules are compiled");
        Assert.Equal(["mirror", "fallback"], answer.Warnings!.Select(warning => warning[..warning.IndexOf(':')]));
    }

    [Fact]
    public async Task An_unknown_service_and_wrong_parameters_are_named()
    {
        await using var host = await ControlPlaneHarness.Start();
        using var unknown = await host.Http.GetAsync("/api/v1/traffic/explain?to=nobody", Token);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("no service 'nobody'", await unknown.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        using var wrong = await host.Http.GetAsync("/api/v1/traffic/explain?path=x&bogus=1", Token);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        var said = await wrong.Content.ReadAsStringAsync(Token);
        foreach (var field in new[] { "\"path\"", "\"to\"", "\"bogus\"" }) Assert.Contains(field, said, StringComparison.Ordinal);
    }

    private static void Set(ControlPlaneHarness host, params string[] routes)
    {
        var log = new TrafficLog();
        foreach (var route in routes) Assert.Null(log.Set(route).Refusal);
        foreach (var entry in log.Entries) host.Replica.Append(new NewEvent(entry.Stream, entry.Type, entry.Data));
    }

    private static string Rule(Random random, int n)
    {
        var match = new List<string>();
        match.Add(random.Next(5) switch
        {
            0 => $$""" "path":{"exact":"{{Pick(random, Paths)}}"} """,
            1 => $$""" "path":{"prefix":"{{Pick(random, "/cart", "/cart/", "/pay", "/a.b")}}"} """,
            2 => """ "path":{"template":"/cart/{id}"} """,
            3 => """ "path":{"regex":"/[a-c].*"} """,
            _ => $$""" "path":{"prefix":"/p{{(n % 2 == 0 ? "ay" : "")}}"} """,
        });
        if (random.Next(3) == 0) match.Add($$""" "methods":["{{Pick(random, "GET", "POST")}}"] """);
        if (random.Next(3) == 0)
        {
            var (kind, rest, invert) = (Pick(random, "exact", "prefix"), Pick(random, "", "ta"), Pick(random, "true", "false"));
            match.Add($$""" "headers":[{"name":"x-user","{{kind}}":"be{{rest}}","invert":{{invert}}}] """);
        }

        if (random.Next(3) == 0) match.Add(""" "query":[{"name":"v","exact":"2"}] """);
        if (random.Next(3) == 0) match.Add($$""" "source":{"service":"{{Pick(random, Callers)}}"} """);
        var action = random.Next(6) switch
        {
            0 => """ "directResponse":{"status":418,"body":"teapot"} """,
            1 => """ "redirect":{"path":"/elsewhere","status":307} """,
            2 => """ "destinations":[{"service":"nowhere"}] """,
            3 => """ "destinations":[{"service":"shop@v1","weight":70},{"service":"shop@v2","weight":30}] """,
            _ => $$""" "destinations":[{"service":"shop@v{{random.Next(1, 3)}}"}] """,
        };
        // A priority of its own keeps two rules for the same from being refused.
        return $$"""{"service":"shop","name":"r{{n}}","priority":{{n}},"match":[{ {{string.Join(',', match)}} }],{{action}}}""";
    }

    private static async Task<ExplainAnswer> Explain(ControlPlaneHarness host, ExplainRequest request)
    {
        using var answer = await host.Http.PostAsJsonAsync("/api/v1/traffic/explain", request, TrafficJson.Default.ExplainRequest, Token);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
        return (await answer.Content.ReadFromJsonAsync(TrafficJson.Default.ExplainAnswer, Token))!;
    }

    private static string Pick(Random random, params string[] of) => of[random.Next(of.Length)];

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? values.Single() : null;
}
