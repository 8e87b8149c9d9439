namespace Mesh.Tests.Registry;

[Collection(RegistryCollection.Name)]
public class ReadOverRestTests(SharedRegistry registry)
{
    private async Task<string[]> Ids(string query)
    {
        var (status, body, _) = await registry.Get($"/api/discovery/services?{query}");
        Assert.True(status == 200, body.ToString());
        return [
            .. body.GetProperty("items").EnumerateArray().SelectMany(item => item.GetProperty("instances").EnumerateArray())
                .Select(i => i.GetProperty("id").GetString()!)];
    }

    [Fact]
    public async Task Lists_are_filtered_by_all_that_is_said()
    {
        await registry.Register(
            """{"name":"echo","namespace":"filter","instanceId":"a","url":"http://127.0.0.1:1","version":"v1","zone":"z1","metadata":"""
                + """{"team":"a","tier":"1"}}""");
        await registry.Register(
            """{"name":"echo","namespace":"filter","instanceId":"b","url":"http://127.0.0.1:2","version":"v2","zone":"z2","metadata":"""
                + """{"team":"a","tier":"2"}}""");
        await registry.Register(
            """{"name":"rpc","namespace":"filter","instanceId":"c","url":"grpc://127.0.0.1:"""
                + """3","version":"v1","zone":"z1","healthCheck":{"kind":"grpc"}}""");
        Assert.Equal(["a", "b", "c"], await Ids("namespace=filter"));
        Assert.Equal(["c"], await Ids("namespace=filter&name=rpc"));
        Assert.Equal(["a", "b"], await Ids("namespace=filter&protocol=http"));
        Assert.Equal(["a", "c"], await Ids("namespace=filter&version=v1"));
        Assert.Equal(["a"], await Ids("namespace=filter&version=v1&protocol=http&zone=z1"));
        Assert.Equal(["a", "b"], await Ids("namespace=filter&metadata.team=a"));
        Assert.Equal(["b"], await Ids("namespace=filter&metadata.team=a&metadata.tier=2"));
        Assert.Equal(["c"], await Ids("namespace=filter&health=critical"));
        Assert.Empty(await Ids("namespace=nowhere"));
        Assert.Superset(new HashSet<string> { "a", "b", "c" }, (await Ids("")).ToHashSet());
    }

    [Theory]
    [InlineData("protocol=udp", "protocol")]
    [InlineData("health=fine", "health")]
    [InlineData("namespace=NO", "namespace")]
    [InlineData("colour=red", "colour")]
    [InlineData("wait=5s", "wait")]
    [InlineData("afterSequence=-1", "afterSequence")]
    [InlineData("afterSequence=1&wait=1d", "wait")]
    [InlineData("minSequence=x", "minSequence")]
    [InlineData("consistency=sometimes", "consistency")]
    [InlineData("name=a&name=b", "name")]
    public async Task A_wrong_parameter_is_named(string query, string field)
    {
        var (status, body, _) = await registry.Get($"/api/discovery/services?{query}");
        Assert.Equal((400, field), (status, body.GetProperty("errors")[0].GetProperty("field").GetString()));
    }

    [Fact]
    public async Task A_long_poll_answers_when_what_it_shows_has_changed_and_not_for_others()
    {
        var first = await registry.Register("""{"name":"echo","namespace":"poll","url":"http://127.0.0.1:1"}""");
        var poll = registry.Get($"/api/discovery/services?namespace=poll&afterSequence={first.Sequence}&wait=30s");
        await registry.Register("""{"name":"other","namespace":"poll-other","url":"http://127.0.0.1:1"}""");
        Assert.False(poll.IsCompleted);
        var second = await registry.Register("""{"name":"echo","namespace":"poll","url":"http://127.0.0.1:2"}""");
        var (_, body, _) = await poll.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.True(body.GetProperty("sequence").GetInt64() >= second.Sequence);
        Assert.Equal(2, body.GetProperty("items")[0].GetProperty("instances").GetArrayLength());
    }

    [Fact]
    public async Task A_long_poll_without_a_change_answers_when_its_time_is_up()
    {
        await registry.Register("""{"name":"echo","namespace":"poll-idle","url":"http://127.0.0.1:1"}""");
        var (status, body, _) = await registry.Get(
            $"/api/discovery/services?namespace=poll-idle&afterSequence={await registry.Head() + 1000}&wait=200ms");
        Assert.Equal((200, 1), (status, body.GetProperty("items").GetArrayLength()));
    }

    [Fact]
    public async Task A_strong_read_shows_every_answered_write()
    {
        var answer = await registry.Register("""{"name":"echo","namespace":"strong","url":"http://127.0.0.1:1"}""");
        var (status, body, _) = await registry.Get("/api/discovery/services?namespace=strong&consistency=strong");
        Assert.Equal(200, status);
        Assert.True(body.GetProperty("sequence").GetInt64() >= answer.Sequence);
        Assert.Equal(200, (await registry.Get("/api/discovery/services/echo?namespace=strong&consistency=strong")).Status);
    }

    [Fact]
    public async Task History_is_read_by_page_stream_and_type_in_both_directions()
    {
        await registry.Register("""{"name":"echo","namespace":"history","instanceId":"a","url":"http://127.0.0.1:1"}""");
        await registry.Register("""{"name":"echo","namespace":"history","instanceId":"a","url":"http://127.0.0.1:2"}""");
        await registry.Register("""{"name":"echo","namespace":"history","instanceId":"b","url":"http://127.0.0.1:3"}""");
        const string events = "/api/v1/events?stream=discovery/history/echo";
        var all = (await registry.Get(events)).Body;
        Assert.Equal([1, 1, 2, 1], all.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("streamVersion").GetInt32()));
        Assert.Equal("http://127.0.0.1:1"[7..^2],
            all.GetProperty("items")[0].GetProperty("data").GetProperty("instance").GetProperty("address").GetString());
        var page = (await registry.Get($"{events}&limit=2")).Body;
        var rest = (await registry.Get($"{events}&after={page.GetProperty("next")}")).Body;
        Assert.Equal((2, 2), (page.GetProperty("items").GetArrayLength(), rest.GetProperty("items").GetArrayLength()));
        var updated = (await registry.Get($"{events}&type=cdaprod.mesh.discovery.service-updated.v1")).Body;
        Assert.Equal(1, updated.GetProperty("items").GetArrayLength());
        var newest = (await registry.Get($"{events}&order=desc&limit=1")).Body;
        Assert.Equal("discovery/history/echo/i/b", newest.GetProperty("items")[0].GetProperty("stream").GetString());
        Assert.Equal(400, (await registry.Get("/api/v1/events?limit=0&order=up&after=x")).Status);
    }

    [Fact]
    public async Task History_waits_for_the_next_event()
    {
        var first = await registry.Register("""{"name":"echo","namespace":"tail","url":"http://127.0.0.1:1"}""");
        var tail = registry.Get($"/api/v1/events?stream=discovery/tail/echo&after={first.Sequence}&wait=30s");
        await registry.Register("""{"name":"echo","namespace":"tail","url":"http://127.0.0.1:2"}""");
        var (_, body, _) = await tail.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(1, body.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task The_time_machine_shows_the_mesh_as_it_was_at_the_end_of_a_whole_command()
    {
        var one = await registry.Register("""{"name":"echo","namespace":"past","instanceId":"a","url":"http://127.0.0.1:1"}""");
        var two = await registry.Register("""{"name":"echo","namespace":"past","instanceId":"b","url":"http://127.0.0.1:2"}""");
        var (_, replaced, _) = await registry.Send(HttpMethod.Post, "/api/discovery/register?replace=true",
            """{"name":"echo","namespace":"past","instanceId":"c","url":"http://127.0.0.1:3"}""");
        var last = replaced.GetProperty("sequence").GetInt64();

        async Task<(long Sequence, string[] Ids)> At(string at)
        {
            var (status, body, _) = await registry.Get($"/api/v1/state?at={at}");
            Assert.True(status == 200, body.ToString());
            var echo = body.GetProperty("modules").GetProperty("discovery").EnumerateArray()
                .Single(s => s.GetProperty("namespace").GetString() == "past");
            return (body.GetProperty("sequence").GetInt64(),
                [.. echo.GetProperty("instances").EnumerateArray().Select(i => i.GetProperty("id").GetString()!)]);
        }

        Assert.Equal(["a"], (await At($"{one.Sequence}")).Ids);
        Assert.Equal(["a", "b"], (await At($"{two.Sequence}")).Ids);
        // The replacement is three entries of one command: its middle shows what was before.
        Assert.Equal(["a", "b"], (await At($"{last - 1}")).Ids);
        Assert.Equal(["c"], (await At($"{last}")).Ids);
        var time = (await registry.Get($"/api/v1/events?after={one.Sequence - 1}&limit=1")).Body.GetProperty("items")[0].GetProperty("time")
            .GetString()!;
        Assert.Contains("a", (await At(Uri.EscapeDataString(time))).Ids);
        Assert.Equal(404, (await registry.Get("/api/v1/state?at=999999999")).Status);
        Assert.Equal(400, (await registry.Get("/api/v1/state?at=yesterday")).Status);
        Assert.Equal(200, (await registry.Get("/api/v1/state?at=0")).Status);
    }

    [Fact]
    public async Task The_hash_chain_is_verified()
    {
        await registry.Register("""{"name":"echo","namespace":"verify","url":"http://127.0.0.1:1"}""");
        var (status, body, _) = await registry.Get("/api/v1/log/verify");
        Assert.Equal((200, true), (status, body.GetProperty("intact").GetBoolean()));
        Assert.True(body.GetProperty("checked").GetInt64() > 0);
    }

    [Fact]
    public async Task Status_tells_log_head_modules_and_sizes()
    {
        await registry.Register("""{"name":"echo","namespace":"status","url":"http://127.0.0.1:1"}""");
        var (_, body, _) = await registry.Get("/api/v1/status");
        Assert.Equal(("registry", 1L), (body.GetProperty("role").GetString(), body.GetProperty("epoch").GetInt64()));
        Assert.True(body.GetProperty("services").GetInt32() > 0 && body.GetProperty("head").GetInt64() > 0);
        Assert.Contains("discovery", body.GetProperty("modules").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal(32, body.GetProperty("logId").GetString()!.Length);
    }

    [Fact]
    public async Task Metrics_health_and_the_way_from_the_root_to_Swagger_are_there()
    {
        foreach (var path in new[] { "/health/live", "/health/ready", "/metrics", "/swagger/index.html", "/" })
        {
            using var response = await registry.Http.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.True(response.IsSuccessStatusCode, path);
            if (path == "/") Assert.StartsWith("/swagger", response.RequestMessage!.RequestUri!.AbsolutePath);
        }
    }

    [Fact]
    public async Task A_long_poll_waits_on_where_only_others_have_changed_since()
    {
        var own = await registry.Register("""{"name":"echo","namespace":"poll-own","url":"http://127.0.0.1:1"}""");
        await registry.Register("""{"name":"echo","namespace":"poll-foreign","url":"http://127.0.0.1:1"}""");
        var begun = TimeProvider.System.GetTimestamp();
        var (status, body, _) = await registry.Get($"/api/discovery/services?namespace=poll-own&afterSequence={own.Sequence}&wait=400ms");
        Assert.Equal(200, status);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds, 390, 20_000);
        Assert.True(body.GetProperty("sequence").GetInt64() > own.Sequence);
    }

    [Theory]
    [InlineData("namespace=poll-gone-1", 1)]
    [InlineData("namespace=poll-gone-2&name=echo", 2)]
    public async Task A_long_poll_answers_at_once_where_what_it_showed_has_gone_since(string filter, int n)
    {
        var own = await registry.Register($$"""{"name":"echo","namespace":"poll-gone-{{n}}","url":"http://127.0.0.1:1"}""");
        await registry.Send(HttpMethod.Delete, $"/api/discovery/deregister?name=echo&namespace=poll-gone-{n}");
        await registry.Register($$"""{"name":"echo","namespace":"poll-gone-other-{{n}}","url":"http://127.0.0.1:1"}""");
        var (_, body, _) = await registry.Get($"/api/discovery/services?{filter}&afterSequence={own.Sequence}&wait=60s")
            .WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(0, body.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task History_is_read_backwards_page_by_page()
    {
        for (var port = 1; port <= 5; port++)
            await registry.Register($$"""{"name":"echo","namespace":"backwards","instanceId":"a","url":"http://127.0.0.1:{{port}}"}""");
        var versions = new List<int>();
        var before = "";
        while (true)
        {
            var (status, body, _) = await registry.Get($"/api/v1/events?stream=discovery/backwards&order=desc&limit=2{before}");
            Assert.Equal(200, status);
            var items = body.GetProperty("items").EnumerateArray().ToList();
            if (items.Count == 0) break;
            versions.AddRange(items.Select(item => item.GetProperty("streamVersion").GetInt32()));
            before = $"&before={items[^1].GetProperty("sequence")}";
        }

        // The service's own stream has an entry too: that it was given its defaults.
        Assert.Equal([5, 4, 3, 2, 1, 1], versions);
        Assert.Equal(400, (await registry.Get("/api/v1/events?before=5&wait=1s")).Status);
    }
}
