using System.Text.Json;

namespace Mesh.Tests.Registry;

[Collection(RegistryCollection.Name)]
public class ResilienceOverRestTests(SharedRegistry registry)
{
    private static readonly HttpMethod Post = HttpMethod.Post, Delete = HttpMethod.Delete;

    [Theory]
    [InlineData("circuit-breakers", "circuit-breaker", "circuitBreaker",
        """{"service":"shop","namespace":"res","threshold":5,"maxConnections":100,"maxPendingRequests":100,"maxRequests":"""
            + """100,"maxRetries":3}""")]
    [InlineData("bulkheads", "bulkhead", "bulkhead", """{"service":"shop","namespace":"res","maxConcurrent":50,"maxQueued":10}""")]
    [InlineData("outlier-detection", "outlier-detection", "outlierDetection",
        """{"service":"shop","namespace":"res","consecutive5xx":5,"consecutiveGatewayErrors":"""
            + """3,"interval":"10s","baseEjectionTime":"30s","maxEjectionTime":"5m","maxEjectedPercent":50,"successRate":"""
            + """{"minimumHosts":3,"requestVolume":100,"stdevFactor":1900}}""")]
    [InlineData("rate-limits", "rate-limit", "rateLimit",
        """{"service":"shop","namespace":"res","requests":100,"unit":"second","burst":20,"scope":"local"}""")]
    [InlineData("timeouts", "timeout", "timeout", """{"service":"shop","namespace":"res","request":"2s","idle":"1m","connect":"500ms"}""")]
    [InlineData("fallbacks", "fallback", "fallback",
        """{"service":"shop","namespace":"res","fallback":"other","fallbackNamespace":"res"}""")]
    public async Task A_policy_is_set_listed_set_again_and_removed(string path, string kind, string member, string body)
    {
        var (status, first, response) = await registry.Send(Post, $"/api/resilience/{path}", body);
        Assert.True(status == 200, first.ToString());
        Assert.Equal((true, "shop", "res", kind),
            (first.GetProperty("changed").GetBoolean(), first.GetProperty("service").GetString(),
                first.GetProperty("namespace").GetString(), first.GetProperty("kind").GetString()));
        Assert.Equal($"\"{first.GetProperty("revision")}\"", response.Headers.ETag!.Tag);
        Assert.False((await registry.Send(Post, $"/api/v1/resilience/{path}", body)).Body.GetProperty("changed").GetBoolean());

        var item = Assert.Single((await registry.Get($"/api/resilience/policies?namespace=res&service=shop&kind={kind}")).Body
            .GetProperty("items").EnumerateArray());
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(body), item.GetProperty(member)), item.ToString());

        var gone = (await registry.Send(Delete, $"/api/v1/resilience/{path}?service=shop&namespace=res")).Body;
        Assert.Equal((true, false), (gone.GetProperty("changed").GetBoolean(), gone.TryGetProperty("revision", out _)));
        Assert.False((await registry.Send(Delete, $"/api/resilience/{path}?service=shop&namespace=res")).Body.GetProperty("changed")
            .GetBoolean());
        Assert.Empty((await registry.Get($"/api/v1/resilience/policies?namespace=res&kind={kind}")).Body.GetProperty("items")
            .EnumerateArray());
    }

    [Fact]
    public async Task Bad_input_is_answered_with_every_fault_and_writes_nothing()
    {
        var head = await registry.Head();
        var (status, body, response) = await registry.Send(Post, "/api/resilience/rate-limits?what=1",
            """{"service":"NO","requests":0,"unit":"day","colour":1}""", ("If-Match", "x"));
        Assert.Equal((400, "application/problem+json"), (status, response.Content.Headers.ContentType!.MediaType));
        Assert.Equal(["If-Match", "colour", "requests", "service", "unit", "what"], Fields(body));
        Assert.Equal(["kind", "namespace", "what"],
            Fields((await registry.Get("/api/resilience/policies?kind=x&namespace=NO&what=1")).Body));
        Assert.Equal(["service", "what"], Fields((await registry.Send(Delete, "/api/resilience/bulkheads?what=1")).Body));
        Assert.Equal(head, await registry.Head());
    }

    [Fact]
    public async Task Conditions_and_keys_hold()
    {
        const string one = """{"service":"shop","namespace":"res-if","maxQueued":1}""",
            two = """{"service":"shop","namespace":"res-if","maxQueued":2}""";
        var etag = (await registry.Send(Post, "/api/resilience/bulkheads", one, ("If-None-Match", "*"))).Response.Headers.ETag!.Tag;
        Assert.Equal(412, (await registry.Send(Post, "/api/resilience/bulkheads", two, ("If-None-Match", "*"))).Status);
        Assert.Equal(412, (await registry.Send(Post, "/api/resilience/bulkheads", two, ("If-Match", "\"99\""))).Status);
        var (_, first, _) = await registry.Send(Post, "/api/resilience/bulkheads", two, ("If-Match", etag), ("Idempotency-Key", "res-key"));
        var (_, again, replayed) = await registry.Send(Post, "/api/resilience/bulkheads", two, ("If-Match", etag),
            ("Idempotency-Key", "res-key"));
        Assert.Equal(first.ToString(), again.ToString());
        Assert.True(replayed.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal(422, (await registry.Send(Post, "/api/resilience/bulkheads", one, ("Idempotency-Key", "res-key"))).Status);
        Assert.Equal(412,
            (await registry.Send(Delete, "/api/resilience/bulkheads?service=shop&namespace=res-if", null, ("If-Match", etag))).Status);
    }

    [Fact]
    public async Task A_long_poll_waits_for_a_policy_that_the_filter_shows()
    {
        var begin = (await registry.Get("/api/resilience/policies?namespace=res-poll")).Body.GetProperty("sequence").GetInt64();
        var poll = registry.Get($"/api/resilience/policies?namespace=res-poll&kind=bulkhead&afterSequence={begin}&wait=1m");
        await registry.Send(Post, "/api/resilience/bulkheads", """{"service":"shop","namespace":"res-poll-other"}""");
        await registry.Send(Post, "/api/resilience/timeouts", """{"service":"shop","namespace":"res-poll","request":"1s"}""");
        await registry.Send(Post, "/api/resilience/bulkheads", """{"service":"shop","namespace":"res-poll"}""");
        Assert.Single((await poll).Body.GetProperty("items").EnumerateArray());
        Assert.Equal(["wait"], Fields((await registry.Get("/api/resilience/policies?wait=1s")).Body));
    }

    [Fact]
    public async Task The_state_of_the_whole_mesh_shows_policies()
    {
        await registry.Send(Post, "/api/resilience/fallbacks", """{"service":"shop","namespace":"res-state","fallback":"other"}""");
        Assert.Contains("res-state", (await registry.Get("/api/v1/state")).Body.ToString());
    }

    [Fact]
    public async Task Every_example_of_a_body_is_taken_as_it_stands()
    {
        var (_, document, _) = await registry.Get("/openapi/v1.json");
        var paths = document.GetProperty("paths").EnumerateObject()
            .Where(path => path.Name.StartsWith("/api/resilience/", StringComparison.Ordinal)
                && path.Value.TryGetProperty("post", out _)).ToList();
        Assert.Equal(6, paths.Count);
        foreach (var path in paths)
        {
            var example = path.Value.GetProperty("post").GetProperty("requestBody").GetProperty("content").GetProperty("application/json")
                .GetProperty("example").ToString();
            var (status, body, _) = await registry.Send(Post, path.Name, example);
            Assert.True(status == 200, $"{path.Name}: {body}");
        }
    }

    private static IEnumerable<string> Fields(JsonElement problem) =>
        problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()!)
            .Order(StringComparer.Ordinal);
}
