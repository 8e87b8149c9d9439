using System.Text;
using System.Text.Json;

namespace Mesh.Tests.Registry;

[Collection(RegistryCollection.Name)]
public class RegisterOverRestTests(SharedRegistry registry)
{
    private static readonly HttpMethod Post = HttpMethod.Post, Delete = HttpMethod.Delete;

    [Theory]
    [InlineData("/api/discovery")]
    [InlineData("/api/v1/discovery")]
    public async Task A_service_is_registered_listed_and_deregistered_and_repeating_says_nothing_changed(string prefix)
    {
        var ns = prefix.Contains("v1") ? "way-v1" : "way";
        var json = $$$"""{"name":"echo","namespace":"{{{ns}}}","url":"http://127.0.0.1:9001","version":"v1","metadata":{"team":"a"}}""";
        var (status, first, _) = await registry.Send(Post, $"{prefix}/register", json);
        Assert.Equal((200, true, 1), (status, first.GetProperty("changed").GetBoolean(), first.GetProperty("instances").GetInt32()));
        var head = await registry.Head();
        var (_, again, _) = await registry.Send(Post, $"{prefix}/register", json);
        Assert.False(again.GetProperty("changed").GetBoolean());
        Assert.Equal(first.GetProperty("incarnation").GetInt64(), again.GetProperty("incarnation").GetInt64());

        var (_, list, response) = await registry.Get($"{prefix}/services?namespace={ns}&minSequence={first.GetProperty("sequence")}");
        var instance = list.GetProperty("items")[0].GetProperty("instances")[0];
        Assert.Equal("echo-127.0.0.1-9001", instance.GetProperty("id").GetString());
        Assert.Equal(("127.0.0.1", 9001, "http", "v1", 100, "passing"),
            (instance.GetProperty("address").GetString(), instance.GetProperty("port").GetInt32(),
            instance.GetProperty("protocol").GetString(), instance.GetProperty("version").GetString(),
            instance.GetProperty("weight").GetInt32(), instance.GetProperty("health").GetString()));
        Assert.Equal(list.GetProperty("sequence").ToString(), response.Headers.GetValues("Mesh-Sequence").Single());
        Assert.Equal(head, await registry.Head());

        var (_, gone, _) = await registry.Send(Delete, $"{prefix}/deregister?name=echo&namespace={ns}");
        Assert.Equal((true, 1, 0),
            (gone.GetProperty("changed").GetBoolean(), gone.GetProperty("affected").GetInt32(), gone.GetProperty("instances").GetInt32()));
        var (twice, nothing, _) = await registry.Send(Delete, $"{prefix}/deregister?name=echo&namespace={ns}");
        Assert.Equal((200, false), (twice, nothing.GetProperty("changed").GetBoolean()));
        Assert.Equal(head + 1, await registry.Head());
        Assert.Equal(404, (await registry.Get($"{prefix}/services/echo?namespace={ns}")).Status);
    }

    [Fact]
    public async Task The_seeds_host_name_url_is_taken_as_written()
    {
        var answer = await registry.Register("""{"name":"my-service","namespace":"seed","url":"http://my-service.local"}""");
        Assert.Equal((true, 1, "my-service-my-service.local-80"), (answer.Changed, answer.Instances, answer.InstanceId));
    }

    [Fact]
    public async Task Bad_input_is_answered_with_every_fault_and_writes_nothing()
    {
        var head = await registry.Head();
        var (status, body, response) = await registry.Send(Post, "/api/discovery/register?replace=maybe&what=1",
            """{"name":"NO","url":"http://u:p@h:0/","protocol":"udp","weight":"heavy","colour":1}""");
        Assert.Equal((400, "application/problem+json"), (status, response.Content.Headers.ContentType!.MediaType));
        Assert.Equal(["colour", "name", "protocol", "replace", "url", "url", "weight", "what"],
            body.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()!)
                .Order(StringComparer.Ordinal));
        Assert.Equal(400, body.GetProperty("status").GetInt32());
        Assert.Equal(head, await registry.Head());
    }

    [Theory]
    [InlineData("{", 400)]
    [InlineData("", 400)]
    [InlineData("\"x\"", 400)]
    [InlineData("{\"name\":\"a\",}", 400)]
    public async Task A_body_that_is_no_JSON_object_is_refused(string body, int expected) =>
        Assert.Equal(expected, (await registry.Send(Post, "/api/discovery/register", body)).Status);

    [Fact]
    public async Task A_body_of_invalid_utf8_is_refused()
    {
        using var content = new ByteArrayContent([.. "{\"name\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        content.Headers.ContentType = new("application/json");
        using var response = await registry.Http.PostAsync("/api/discovery/register", content, TestContext.Current.CancellationToken);
        Assert.Equal(400, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_body_deeper_than_anything_sensible_is_refused() =>
        Assert.Equal(400, (await registry.Send(Post, "/api/discovery/register", new string('[', 10_000))).Status);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_one_mebibyte_is_refused(bool lengthKnown)
    {
        var head = await registry.Head();
        var json = """{"name":"big","url":"http://a:1","zone":" """ + new string('x', 1024 * 1024) + "\"}";
        using var request = new HttpRequestMessage(Post, "/api/discovery/register")
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        if (!lengthKnown) request.Headers.TransferEncodingChunked = true;
        using var response = await registry.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(413, (int)response.StatusCode);
        Assert.Equal("body-too-large",
            JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("errors")[0]
                .GetProperty("code").GetString());
        Assert.Equal(head, await registry.Head());
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task A_body_of_another_type_is_refused_since_any_web_page_could_send_it(string type)
    {
        using var content = new StringContent("""{"name":"echo","url":"http://a:1"}""", Encoding.UTF8, type);
        using var response = await registry.Http.PostAsync("/api/discovery/register", content, TestContext.Current.CancellationToken);
        Assert.Equal((415, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task An_ETag_makes_a_write_conditional()
    {
        var (_, _, first) = await registry.Send(Post, "/api/discovery/register",
            """{"name":"echo","namespace":"etag","instanceId":"a","url":"http://127.0.0.1:1"}""");
        var etag = first.Headers.ETag!.Tag;
        var (stale, problem, _) = await registry.Send(Post, "/api/discovery/register",
            """{"name":"echo","namespace":"etag","instanceId":"a","url":"http://127.0.0.1:2"}""", ("If-Match", "\"99\""));
        Assert.Equal((412, "version-mismatch"), (stale, problem.GetProperty("errors")[0].GetProperty("code").GetString()));
        Assert.Equal(200,
            (await registry.Send(Post, "/api/discovery/register",
                """{"name":"echo","namespace":"etag","instanceId":"a","url":"http://127.0.0.1:2"}""", ("If-Match", etag))).Status);
        Assert.Equal(412,
            (await registry.Send(Delete, "/api/discovery/deregister?name=echo&namespace=etag&instanceId=a", null,
                ("If-Match", etag))).Status);
        Assert.Equal(400,
            (await registry.Send(Delete, "/api/discovery/deregister?name=echo&namespace=etag&instanceId=a", null,
                ("If-Match", "what"))).Status);
        var service = (await registry.Get("/api/discovery/services/echo?namespace=etag")).Response.Headers.ETag!.Tag;
        Assert.Equal(200,
            (await registry.Send(Delete, "/api/discovery/deregister?name=echo&namespace=etag", null, ("If-Match", service))).Status);
    }

    [Fact]
    public async Task The_same_idempotency_key_replays_the_answer_and_another_request_under_it_is_refused()
    {
        var key = ("Idempotency-Key", "rest-key-1");
        var json = """{"name":"echo","namespace":"idem","url":"http://127.0.0.1:1"}""";
        var (_, first, _) = await registry.Send(Post, "/api/discovery/register", json, key);
        var (_, second, response) = await registry.Send(Post, "/api/discovery/register", json, key);
        Assert.Equal(first.ToString(), second.ToString());
        Assert.True(response.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal(422, (await registry.Send(Post, "/api/discovery/register", json.Replace(":1\"", ":2\""), key)).Status);
        Assert.Equal(400, (await registry.Send(Post, "/api/discovery/register", json, ("Idempotency-Key", new string('k', 129)))).Status);
    }

    [Fact]
    public async Task An_older_incarnation_is_a_conflict()
    {
        var first = await registry.Register(
            """{"name":"echo","namespace":"inc","instanceId":"a","url":"http://127.0.0.1:1","ttlSeconds":30}""");
        var second = await registry.Register(
            """{"name":"echo","namespace":"inc","instanceId":"a","url":"http://127.0.0.1:2","ttlSeconds":30}""");
        Assert.True(second.Incarnation > first.Incarnation);
        Assert.Equal(409,
            (await registry.Send(Delete,
                $"/api/discovery/deregister?name=echo&namespace=inc&instanceId=a&incarnation={first.Incarnation}")).Status);
        Assert.Equal(409,
            (await registry.Send(Post, "/api/discovery/heartbeat",
                $$$"""{"name":"echo","namespace":"inc","instanceId":"a","incarnation":{{{first.Incarnation}}}}""")).Status);
        var (status, body, _) = await registry.Send(Post, "/api/discovery/heartbeat",
            $$$"""{"name":"echo","namespace":"inc","instanceId":"a","incarnation":{{{second.Incarnation}}}}""");
        Assert.Equal((200, 30), (status, body.GetProperty("ttlSeconds").GetInt32()));
    }

    [Fact]
    public async Task A_heartbeat_of_an_unknown_instance_is_not_found_and_one_without_a_lease_is_invalid()
    {
        Assert.Equal(404,
            (await registry.Send(Post, "/api/discovery/heartbeat", """{"name":"nobody","namespace":"beat","instanceId":"a"}""")).Status);
        await registry.Register("""{"name":"echo","namespace":"beat","instanceId":"a","url":"http://127.0.0.1:1"}""");
        Assert.Equal(400,
            (await registry.Send(Post, "/api/discovery/heartbeat", """{"name":"echo","namespace":"beat","instanceId":"a"}""")).Status);
        Assert.Equal(400, (await registry.Send(Post, "/api/discovery/heartbeat", """{"name":"echo"}""")).Status);
    }

    [Fact]
    public async Task Replace_makes_it_the_only_instance()
    {
        await registry.Register("""{"name":"echo","namespace":"replace","url":"http://127.0.0.1:1"}""");
        var two = await registry.Register("""{"name":"echo","namespace":"replace","url":"http://127.0.0.1:2"}""");
        Assert.Equal(2, two.Instances);
        var (_, one, _) = await registry.Send(Post, "/api/discovery/register?replace=true",
            """{"name":"echo","namespace":"replace","url":"http://127.0.0.1:3"}""");
        Assert.Equal((1, 2), (one.GetProperty("instances").GetInt32(), one.GetProperty("affected").GetInt32()));
    }

    [Fact]
    public async Task A_mode_is_set_and_shown()
    {
        await registry.Register("""{"name":"echo","namespace":"mode","url":"http://127.0.0.1:1"}""");
        Assert.Equal(200,
            (await registry.Send(Post, "/api/discovery/mode", """{"name":"echo","namespace":"mode","mode":"draining"}""")).Status);
        Assert.Equal("draining",
            (await registry.Get("/api/discovery/services/echo?namespace=mode")).Body.GetProperty("instances")[0].GetProperty("mode")
                .GetString());
        Assert.Equal(400,
            (await registry.Send(Post, "/api/discovery/mode", """{"name":"echo","namespace":"mode","mode":"asleep"}""")).Status);
        Assert.Equal(404,
            (await registry.Send(Post, "/api/discovery/mode", """{"name":"nobody","namespace":"mode","mode":"active"}""")).Status);
    }

    [Fact]
    public async Task Settings_of_a_service_are_set_and_taken_back()
    {
        const string path = "/api/v1/discovery/services/quiet/settings?namespace=settings";
        Assert.Equal(200, (await registry.Send(HttpMethod.Put, path, """{"emptyPushProtection":false}""")).Status);
        Assert.False((await registry.Get("/api/discovery/services/quiet?namespace=settings")).Body.GetProperty("settings")
            .GetProperty("emptyPushProtection").GetBoolean());
        Assert.Equal(400, (await registry.Send(HttpMethod.Put, path, """{"emptyPushProtection":"off"}""")).Status);
        Assert.Equal(200, (await registry.Send(Delete, path)).Status);
        Assert.Equal(404, (await registry.Get("/api/discovery/services/quiet?namespace=settings")).Status);
    }

    [Fact]
    public async Task Unknown_paths_and_methods_are_problem_details_too()
    {
        var (missing, body, _) = await registry.Get("/api/nothing");
        Assert.Equal((404, "unknown-path"), (missing, body.GetProperty("errors")[0].GetProperty("code").GetString()));
        Assert.Equal(405, (await registry.Send(Post, "/api/discovery/services", "{}")).Status);
    }

    [Fact]
    public async Task A_forgotten_instance_id_is_no_order_to_take_out_all()
    {
        foreach (var id in new[] { "a", "b" })
            await registry.Register(
                $$"""{"name":"echo","namespace":"forgotten","instanceId":"{{id}}","url":"http://127.0.0.1:{{(id == "a" ? 1 : 2)}}"}""");
        var (status, body, _) = await registry.Send(HttpMethod.Delete,
            "/api/discovery/deregister?name=echo&namespace=forgotten&instanceId=");
        Assert.Equal((400, "instanceId", "empty"),
            (status, body.GetProperty("errors")[0].GetProperty("field").GetString(),
                body.GetProperty("errors")[0].GetProperty("code").GetString()));
        (status, body,
            _) = await registry.Send(HttpMethod.Post, "/api/discovery/mode",
                """{"name":"echo","namespace":"forgotten","instanceId":"","mode":"draining"}""");
        Assert.Equal((400, "instanceId"), (status, body.GetProperty("errors")[0].GetProperty("field").GetString()));
        (_, body, _) = await registry.Get("/api/discovery/services/echo?namespace=forgotten");
        Assert.Equal(["active", "active"], body.GetProperty("instances").EnumerateArray().Select(i => i.GetProperty("mode").GetString()));
    }
}
