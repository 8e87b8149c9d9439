using System.Text.Json;
using Mesh.Tests.Traffic;

namespace Mesh.Tests.Registry;

[Collection(RegistryCollection.Name)]
public class TrafficOverRestTests(SharedRegistry registry)
{
    private static readonly HttpMethod Post = HttpMethod.Post, Delete = HttpMethod.Delete, Put = HttpMethod.Put;

    private static bool Changed(JsonElement answer) => answer.GetProperty("changed").GetBoolean();

    private async Task<JsonElement> List(string ns) =>
        (await registry.Get($"/api/traffic/routes?namespace={ns}&consistency=strong")).Body.GetProperty("items");

    [Theory]
    [InlineData("/api/traffic")]
    [InlineData("/api/v1/traffic")]
    public async Task The_pinned_route_is_set_shown_and_removed_and_repeating_says_nothing_changed(string prefix)
    {
        var ns = prefix.Contains("v1") ? "route-v1" : "route";
        var json = RouteInputTests.Pinned.Replace("{\"service\":\"shop\",\"name\"",
            $"{{\"namespace\":\"{ns}\",\"service\":\"shop\",\"name\"", StringComparison.Ordinal);
        var (status, set, response) = await registry.Send(Post, $"{prefix}/routes", json);
        Assert.True(status == 200, set.ToString());
        Assert.Equal((true, "beta", 2, 1, "\"1\""),
            (Changed(set), set.GetProperty("route").GetString(), set.GetProperty("destinations").GetInt32(),
                set.GetProperty("revision").GetInt32(), response.Headers.ETag!.Tag));
        var head = await registry.Head();
        Assert.False(Changed((await registry.Send(Post, $"{prefix}/routes", json)).Body));
        Assert.Equal(head, await registry.Head());

        var (_, shown, one) = await registry.Get($"{prefix}/routes/shop/beta?namespace={ns}");
        Assert.Equal("\"1\"", one.Headers.ETag!.Tag);
        Assert.Equal((1, 10, "2s", 20),
            (shown.GetProperty("order").GetInt32(), shown.GetProperty("priority").GetInt32(), shown.GetProperty("timeout").GetString(),
                shown.GetProperty("destinations")[1].GetProperty("weight").GetInt32()));
        Assert.Equal(["shop." + ns + "@v1", "shop." + ns + "@v2", "shop." + ns + "@v3"],
            shown.GetProperty("unresolved").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal(shown.ToString(), (await List(ns))[0].ToString());

        Assert.Equal(412,
            (await registry.Send(Delete, $"{prefix}/routes?service=shop&name=beta&namespace={ns}", null, ("If-Match", "\"7\""))).Status);
        Assert.True(Changed((await registry.Send(Delete, $"{prefix}/routes?service=shop&name=beta&namespace={ns}")).Body));
        Assert.False(Changed((await registry.Send(Delete, $"{prefix}/routes?service=shop&name=beta&namespace={ns}")).Body));
        Assert.Equal(404, (await registry.Get($"{prefix}/routes/shop/beta?namespace={ns}")).Status);
    }

    [Fact]
    public async Task An_unresolved_destination_is_named_until_it_comes()
    {
        await registry.Send(Post, "/api/traffic/routes", """{"namespace":"heal","service":"shop","destinations":[{"service":"later"}]}""");
        Assert.Equal("later.heal", (await List("heal"))[0].GetProperty("unresolved")[0].GetString());
        await registry.Register("""{"name":"later","namespace":"heal","url":"http://127.0.0.1:9"}""");
        Assert.False((await List("heal"))[0].TryGetProperty("unresolved", out _));
    }

    [Fact]
    public async Task Routes_are_listed_in_the_order_in_which_they_are_tried()
    {
        foreach (var (name, match, priority) in ((string, string, int)[])[("all", "[]", 0), ("exact", """[{"path":{"exact":"/a"}}]""", 0),
            ("first", """[{"path":{"prefix":"/b"}}]""", 1)])
            await registry.Send(Post, "/api/traffic/routes",
                $$"""{"namespace":"order","service":"shop","name":"{{name}}","priority":{{priority}},"match":{{match}},"destinations":"""
                    + $$"""[{"service":"x"}]}""");
        Assert.Equal(["first 1", "exact 2", "all 3"],
            (await List("order")).EnumerateArray().Select(route => $"{route.GetProperty("name")} {route.GetProperty("order")}"));
    }

    [Fact]
    public async Task A_long_poll_waits_for_a_change_of_what_it_shows()
    {
        var (_, set, _) = await registry.Send(Post, "/api/traffic/routes",
            """{"namespace":"poll","service":"shop","destinations":[{"service":"x"}]}""");
        var waiting = registry.Get($"/api/traffic/routes?namespace=poll&afterSequence={set.GetProperty("sequence")}&wait=30s");
        await registry.Send(Post, "/api/traffic/routes",
            """{"namespace":"poll-other","service":"shop","destinations":[{"service":"x"}]}""");
        var (_, again, _) = await registry.Send(Post, "/api/traffic/routes",
            """{"namespace":"poll","service":"shop","destinations":[{"service":"y"}]}""");
        var (status, list, _) = await waiting;
        Assert.Equal((200, 2), (status, list.GetProperty("items")[0].GetProperty("destinations").GetArrayLength()));
        Assert.Equal(again.GetProperty("sequence").GetInt64(), list.GetProperty("sequence").GetInt64());
        Assert.Equal(400, (await registry.Get("/api/traffic/routes?wait=1s")).Status);
    }

    [Fact]
    public async Task The_seeds_way_puts_destinations_into_the_route_default_and_takes_them_out()
    {
        foreach (var (to, weight) in ((string, int)[])[("a", 100), ("b@v2", 20)])
            Assert.True(
                Changed(
                    (await registry.Send(Post, "/api/traffic/routes",
                        $$"""{"namespace":"seed-way","service":"shop","destinations":"""
                            + $$"""[{"service":"{{to}}","weight":{{weight}}}]}""")).Body));
        Assert.Equal(2, (await List("seed-way"))[0].GetProperty("destinations").GetArrayLength());
        var (_, out1, _) = await registry.Send(Delete, "/api/traffic/routes?service=shop&destination=a&namespace=seed-way");
        Assert.Equal((true, 1), (Changed(out1), out1.GetProperty("destinations").GetInt32()));
        await registry.Send(Delete, "/api/traffic/routes?service=shop&destination=b@v2&namespace=seed-way");
        Assert.Equal(0, (await List("seed-way")).GetArrayLength());
    }

    [Fact]
    public async Task A_conflict_names_both_routes()
    {
        const string first =
            """{"namespace":"clash","service":"shop","name":"one","match":[{"path":{"exact":"/a"}}],"destinations":[{"service":"x"}]}""";
        await registry.Send(Post, "/api/traffic/routes", first);
        var (status, body, _) = await registry.Send(Post, "/api/traffic/routes",
            first.Replace("\"one\"", "\"two\"", StringComparison.Ordinal));
        Assert.Equal(409, status);
        Assert.Contains("'two' and 'one'", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_input_is_answered_with_every_fault_and_writes_nothing()
    {
        var head = await registry.Head();
        var (status, body, _) = await registry.Send(Post, "/api/traffic/routes?what=1",
            """{"service":"S","destinations":[{"service":"x","weight":-1}],"match":[{"path":{"regex":"("}}],"colour":1}""");
        Assert.Equal(400, status);
        Assert.Equal(["colour", "destinations[0].weight", "match[0].path.regex", "service", "what"],
            body.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()!)
                .Order(StringComparer.Ordinal));
        Assert.Equal(400, (await registry.Send(Delete, "/api/traffic/routes?service=shop")).Status);
        Assert.Equal(400, (await registry.Send(Delete, "/api/traffic/routes?service=shop&name=a&destination=b")).Status);
        Assert.Equal(400, (await registry.Send(Delete, "/api/traffic/routes?service=shop&name=")).Status);
        Assert.Equal(400,
            (await registry.Send(Put, "/api/traffic/policies/shop",
                """{"loadBalancing":{"policy":"best","slowStart":"1s","panicThreshold":101},"subsets":[{"name":"a@b"}]}""")).Status);
        Assert.Equal(head, await registry.Head());
    }

    [Fact]
    public async Task A_key_makes_a_write_count_once()
    {
        const string json = """{"namespace":"once","service":"shop","destinations":[{"service":"x"}]}""";
        Assert.True(Changed((await registry.Send(Post, "/api/traffic/routes", json, ("Idempotency-Key", "route-1"))).Body));
        var (_, again, response) = await registry.Send(Post, "/api/traffic/routes", json, ("Idempotency-Key", "route-1"));
        Assert.True(Changed(again));
        Assert.Equal("true", response.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(422,
            (await registry.Send(Post, "/api/traffic/routes", json.Replace("\"x\"", "\"y\"", StringComparison.Ordinal),
                ("Idempotency-Key", "route-1"))).Status);
    }

    [Fact]
    public async Task A_policy_is_set_shown_listed_and_removed()
    {
        const string path = "/api/traffic/policies/shop?namespace=policy";
        const string json =
            """{"subsets":[{"name":"canary","selector":{"track":"canary"}}],"loadBalancing":{"policy":"maglev","failover":["z1"]}}""";
        Assert.True(Changed((await registry.Send(Put, path, json)).Body));
        Assert.False(Changed((await registry.Send(Put, path, json)).Body));
        var (_, shown, response) = await registry.Get(path);
        Assert.Equal(("\"1\"", "maglev", "canary"),
            (response.Headers.ETag!.Tag, shown.GetProperty("loadBalancing").GetProperty("policy").GetString(),
                shown.GetProperty("subsets")[0].GetProperty("selector").GetProperty("track").GetString()));
        Assert.Equal(shown.ToString(),
            (await registry.Get("/api/traffic/policies?namespace=policy")).Body.GetProperty("items")[0].ToString());
        Assert.Equal(412, (await registry.Send(Put, path, json, ("If-None-Match", "*"))).Status);
        Assert.True(Changed((await registry.Send(Delete, path)).Body));
        Assert.False(Changed((await registry.Send(Delete, path)).Body));
        Assert.Equal(404, (await registry.Get(path)).Status);
    }
}
