using Mesh.Tests.Registry;

namespace Mesh.Tests.Security;

public sealed class SecurityOverRestTests(SharedRegistry registry) : IClassFixture<SharedRegistry>
{
    private const string PublicKey =
        @"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2oHPpqnrXcE+a02GAq1J52PPQ7/0qWhh4NNM2Z7s4CfCvDhdjuaYZV/HrkfJ"
            + @"8XMxLg9EbNjL1qSjXvUfcLDZKg==\n-----END PUBLIC KEY-----";

    [Theory]
    [InlineData("ca/rotate", """{"atOnce":true}""", 400, "atOnce: contradiction")]
    [InlineData("ca/rotate", """{"root":1,"more":2}""", 400, "more: unknown-field, root: wrong-type")]
    [InlineData("ca/rotate", "[]", 400, ": wrong-type")]
    [InlineData("ca/import", "{}", 400, "certificates: missing, key: missing")]
    [InlineData("join-tokens", "{}", 400, "service: missing")]
    [InlineData("join-tokens", """{"service":"Shop","namespace":"a_b","lifetime":"9s"}""", 400,
        "lifetime: out-of-range, namespace: not-a-dns-label, service: not-a-dns-label")]
    [InlineData("join-tokens", """{"service":"shop","lifetime":"25h"}""", 400, "lifetime: out-of-range")]
    [InlineData("revocations", "{}", 400, "serial: contradiction")]
    [InlineData("revocations", """{"serial":"4a","service":"shop"}""", 400, "serial: contradiction")]
    [InlineData("revocations", """{"serial":"4g"}""", 400, "serial: not-a-serial")]
    [InlineData("revocations", """{"serial":"4a01","namespace":"default"}""", 400, "namespace: contradiction")]
    [InlineData("revocations", """{"serial":"4a01"}""", 404, "serial: unknown-certificate")]
    [InlineData("ca/import", $$"""{"certificates":"x","key":"{{PublicKey}}"}""", 400, "certificates: not-a-certificate, key: not-a-key")]
    public async Task What_is_wrong_is_refused_with_every_fault(string path, string body, int expected, string faults)
    {
        var (status, answer, _) = await registry.Send(HttpMethod.Post, $"/api/security/{path}", body);
        Assert.Equal(expected, status);
        Assert.Equal(faults, string.Join(", ", answer.GetProperty("errors").EnumerateArray()
            .Select(error => $"{error.GetProperty("field").GetString()}: {error.GetProperty("code").GetString()}")
            .Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task An_answer_with_a_token_is_kept_by_nobody_on_the_way()
    {
        var (status, answer, response) = await registry.Send(HttpMethod.Post, "/api/v1/security/join-tokens", """{"service":"shop"}""",
            ("Mesh-Actor", "ann"));
        Assert.Equal(200, status);
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        var (_, list, _) = await registry.Get("/api/security/join-tokens");
        var item = list.GetProperty("items").EnumerateArray().Single(one => one.GetProperty("id").GetString()
            == answer.GetProperty("id").GetString());
        Assert.Equal("ann", item.GetProperty("createdBy").GetString());
        Assert.False(item.TryGetProperty("token", out _));
    }

    [Fact]
    public async Task A_key_makes_one_change_and_another_request_under_it_is_refused()
    {
        foreach (var changed in new[] { true, false })
        {
            var (status, answer, _) = await registry.Send(HttpMethod.Post, "/api/security/ca/rotate", "{}", ("Idempotency-Key", "one"));
            Assert.Equal((200, changed), (status, answer.GetProperty("changed").GetBoolean()));
        }

        foreach (var (path, body) in new[] { ("rotate", """{"root":true}"""), ("import", """{"certificates":"a","key":"b"}""") })
        {
            var (status, answer, _) = await registry.Send(HttpMethod.Post, $"/api/security/ca/{path}", body, ("Idempotency-Key", "one"));
            Assert.Equal(path == "rotate" ? (422, "key-reused") : (400, "not-a-certificate"),
                (status, answer.GetProperty("errors")[0].GetProperty("code").GetString()));
        }

        // A key is its sender's own.
        var (another, theirs, _) = await registry.Send(HttpMethod.Post, "/api/security/ca/rotate", "{}", ("Idempotency-Key", "one"),
            ("Mesh-Actor", "ann"));
        Assert.Equal((200, true), (another, theirs.GetProperty("changed").GetBoolean()));
    }

    [Fact]
    public async Task A_whole_token_in_place_of_its_id_is_not_repeated()
    {
        var (_, made, _) = await registry.Send(HttpMethod.Post, "/api/security/join-tokens", """{"service":"shop"}""");
        var token = made.GetProperty("token").GetString()!;
        var (status, answer, _) = await registry.Send(HttpMethod.Delete, $"/api/security/join-tokens/{token}", null);
        Assert.Equal(404, status);
        Assert.DoesNotContain(token.Split('.')[2], answer.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("certificates?limit=0")]
    [InlineData("certificates?namespace=default")]
    [InlineData("certificates?service=Shop")]
    [InlineData("ca?x=1")]
    [InlineData("join-tokens?x=1")]
    public async Task A_query_that_makes_no_sense_is_refused(string path) =>
        Assert.Equal(400, (await registry.Get($"/api/security/{path}")).Status);
}
