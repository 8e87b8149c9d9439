using System.Text.Json;
using Mesh.Tests.Registry;

namespace Mesh.Tests.Security.Mtls;

[Collection(RegistryCollection.Name)]
public class MtlsOverRestTests(SharedRegistry registry)
{
    private const string Path = "/api/security/mtls", Versioned = "/api/v1/security/mtls";
    private static readonly HttpMethod Post = HttpMethod.Post, Delete = HttpMethod.Delete;

    [Fact]
    public async Task A_mode_is_strict_if_unset_and_is_set_listed_set_again_and_removed()
    {
        const string body = """{"service":"shop","namespace":"mtls"}""";
        var (status, first, response) = await registry.Send(Post, Path, body);
        Assert.True(status == 200, first.ToString());
        Assert.Equal("true shop mtls strict",
            $"{Text(first, "changed")} {Text(first, "service")} {Text(first, "namespace")} {Text(first, "mode")}");
        Assert.Equal($"\"{Text(first, "revision")}\"", response.Headers.ETag!.Tag);
        Assert.Equal(Text(first, "sequence"), Assert.Single(response.Headers.GetValues("Mesh-Sequence")));
        Assert.Equal("false", Text((await registry.Send(Post, Versioned, body)).Body, "changed"));

        var item = Assert.Single(await Items("?namespace=mtls&service=shop"));
        Assert.Equal("strict strict spiffe://cdaprod.mesh/ns/mtls/sa/shop 1",
            $"{Text(item, "mode")} {Text(item, "effective")} {Text(item, "spiffeId")} {Text(item, "revision")}");

        var (_, gone, absent) = await registry.Send(Delete, $"{Versioned}?service=shop&namespace=mtls");
        Assert.Equal("true  ", $"{Text(gone, "changed")} {Text(gone, "mode")} {Text(gone, "revision")}");
        Assert.Null(absent.Headers.ETag);
        Assert.Equal("false", Text((await registry.Send(Delete, $"{Path}?service=shop&namespace=mtls")).Body, "changed"));
        Assert.Empty(await Items("?namespace=mtls"));
    }

    [Fact]
    public async Task A_default_is_listed_before_the_registered_services_that_it_applies_to()
    {
        await registry.Register("""{"name":"cart","namespace":"mtls-list","url":"http://127.0.0.1:9001"}""");
        await registry.Register("""{"name":"shop","namespace":"mtls-list","url":"http://127.0.0.1:9002"}""");
        await registry.Send(Post, Path, """{"service":"absent","namespace":"mtls-list","mode":"permissive"}""");
        await registry.Send(Post, Path, """{"service":"shop","namespace":"mtls-list","mode":"disable"}""");
        Assert.Equal(["absent permissive permissive", "shop disable disable"], await Shown("?namespace=mtls-list"));
        var set = (await registry.Send(Post, Path, """{"namespace":"mtls-list","mode":"strict"}""")).Body;
        Assert.Equal("true  mtls-list", $"{Text(set, "changed")} {Text(set, "service")} {Text(set, "namespace")}");
        Assert.Equal(["absent permissive permissive", "cart  strict", "shop disable disable"],
            (await Shown("?namespace=mtls-list"))[1..]);
        Assert.Equal(" strict ", (await Shown("?namespace=mtls-list"))[0]);
        Assert.Equal(["cart  strict"], await Shown("?namespace=mtls-list&service=cart"));
        Assert.Equal("true", Text((await registry.Send(Delete, $"{Path}?namespace=mtls-list")).Body, "changed"));
        Assert.Equal(["absent permissive permissive", "shop disable disable"], await Shown("?namespace=mtls-list"));
    }

    [Theory]
    [InlineData("{}", "service: missing")]
    [InlineData("""{"mode":"strict","colour":1}""", "colour: unknown-field, service: missing")]
    [InlineData("""{"service":"","namespace":"mtls-bad"}""", "service: empty")]
    [InlineData("""{"service":"NO","namespace":"a_b","mode":"tls"}""",
        "mode: unknown-mode, namespace: not-a-dns-label, service: not-a-dns-label")]
    [InlineData("""{"service":7}""", "service: wrong-type")]
    [InlineData("[]", ": wrong-type")]
    public async Task Bad_input_is_answered_with_every_fault_and_writes_nothing(string body, string faults)
    {
        var head = await registry.Head();
        var (status, answer, _) = await registry.Send(Post, Path, body);
        Assert.Equal((400, faults), (status, Faults(answer)));
        Assert.Equal(head, await registry.Head());
    }

    [Theory]
    [InlineData("", "service: missing")]
    [InlineData("?service=&namespace=mtls-bad", "service: empty")]
    [InlineData("?namespace=", "namespace: empty")]
    [InlineData("?service=NO&what=1", "service: not-a-dns-label, what: unknown-field")]
    public async Task A_removal_that_names_nothing_is_refused(string query, string faults)
    {
        var (status, answer, _) = await registry.Send(Delete, Path + query);
        Assert.Equal((400, faults), (status, Faults(answer)));
    }

    [Fact]
    public async Task A_filter_that_makes_no_sense_is_refused() =>
        Assert.Equal("namespace: not-a-dns-label, what: unknown-field",
            Faults((await registry.Get($"{Path}?namespace=NO&what=1")).Body));

    [Fact]
    public async Task Conditions_and_keys_hold()
    {
        const string one = """{"service":"shop","namespace":"mtls-if","mode":"strict"}""",
            two = """{"service":"shop","namespace":"mtls-if","mode":"permissive"}""";
        var etag = (await registry.Send(Post, Path, one, ("If-None-Match", "*"))).Response.Headers.ETag!.Tag;
        Assert.Equal(412, (await registry.Send(Post, Path, two, ("If-None-Match", "*"))).Status);
        Assert.Equal(412, (await registry.Send(Post, Path, two, ("If-Match", "\"99\""))).Status);
        var (_, first, _) = await registry.Send(Post, Path, two, ("If-Match", etag), ("Idempotency-Key", "mtls-key"));
        var (_, again, replayed) = await registry.Send(Post, Path, two, ("If-Match", etag), ("Idempotency-Key", "mtls-key"));
        Assert.Equal(first.ToString(), again.ToString());
        Assert.True(replayed.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal(422, (await registry.Send(Post, Path, one, ("Idempotency-Key", "mtls-key"))).Status);
        Assert.Equal(412, (await registry.Send(Delete, $"{Path}?service=shop&namespace=mtls-if", null, ("If-Match", etag))).Status);
    }

    [Fact]
    public async Task A_long_poll_waits_for_a_mode_that_the_filter_shows()
    {
        var begin = (await registry.Get($"{Path}?namespace=mtls-poll")).Body.GetProperty("sequence").GetInt64();
        var poll = registry.Get($"{Path}?namespace=mtls-poll&service=shop&afterSequence={begin}&wait=1m");
        await registry.Send(Post, Path, """{"service":"shop","namespace":"mtls-poll-other"}""");
        await registry.Send(Post, Path, """{"service":"cart","namespace":"mtls-poll"}""");
        await registry.Send(Post, Path, """{"service":"shop","namespace":"mtls-poll"}""");
        Assert.Single((await poll).Body.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task The_state_of_the_whole_mesh_and_the_log_show_modes()
    {
        var set = (await registry.Send(Post, Path, """{"service":"shop","namespace":"mtls-state"}""")).Body;
        Assert.Contains("mtls-state", (await registry.Get("/api/v1/state")).Body.ToString());
        var (_, events, _) = await registry.Get("/api/v1/events?stream=security/mtls-state");
        var entry = Assert.Single(events.GetProperty("items").EnumerateArray());
        Assert.Equal($"{Text(set, "sequence")} security/mtls-state/shop/mtls cdaprod.mesh.security.mtls-mode-set.v1",
            $"{Text(entry, "sequence")} {Text(entry, "stream")} {Text(entry, "type")}");
    }

    private async Task<JsonElement[]> Items(string query) =>
        [.. (await registry.Get(Path + query)).Body.GetProperty("items").EnumerateArray()];

    private async Task<string[]> Shown(string query) =>
        [.. (await Items(query)).Select(item => $"{Text(item, "service")} {Text(item, "mode")} {Text(item, "effective")}")];

    private static string Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) ? value.ToString().Replace("True", "true").Replace("False", "false") : "";

    private static string Faults(JsonElement problem) => string.Join(", ", problem.GetProperty("errors").EnumerateArray()
        .Select(error => $"{error.GetProperty("field").GetString()}: {error.GetProperty("code").GetString()}")
        .Order(StringComparer.Ordinal));
}
