using System.Text;
using Mesh.Tests.Support;
using Mesh.Tests.Traffic;

namespace Mesh.Tests.Registry;

[Collection(RegistryCollection.Name)]
public class BodyFuzzTests(SharedRegistry registry)
{
    private const int Seed = 20260101;
    private const int Rounds = 900;

    private const string Registration =
        """{"name":"fuzz","namespace":"fuzz","instanceId":"a","url":"http://127.0.0.1:1","weight":100,"metadata":"""
            + """{"team":"ü"},"ttlSeconds":30,"healthCheck":{"kind":"http","interval":"5s"},"mode":"active"}""";

    private const string Policy =
        """{"service":"fuzz","namespace":"fuzz","threshold":5,"maxRequests":100,"maxConcurrent":50,"maxQueued":0,"consecutive5xx":"""
            + """5,"interval":"10s","successRate":"""
            + """{"stdevFactor":1900},"requests":100,"unit":"second","burst":20,"connect":"5s","fallback":"other"}""";

    private const string Mtls = """{"service":"fuzz","namespace":"fuzz","mode":"permissive"}""";

    private static readonly (string Path, byte[] Valid)[] Bodies =
    [
        .. new[] { "/api/discovery/register", "/api/discovery/mode",
            "/api/discovery/heartbeat" }.Select(path => (path, Encoding.UTF8.GetBytes(Registration))),
        .. new[] { "circuit-breakers", "bulkheads", "outlier-detection", "rate-limits", "timeouts",
            "fallbacks" }.Select(path => ("/api/resilience/" + path, Encoding.UTF8.GetBytes(Policy))),
        ("/api/security/mtls", Encoding.UTF8.GetBytes(Mtls)), ("/api/traffic/routes", Encoding.UTF8.GetBytes(RouteInputTests.Pinned)),
    ];

    [Fact]
    public async Task Whatever_a_body_holds_the_answer_is_no_server_error()
    {
        var random = TestSeed.Draws(Seed);
        var head = await registry.Head();
        for (var round = 0; round < Rounds; round++)
        {
            var (path, valid) = Bodies[round % Bodies.Length];
            var body = Mutate(valid, random);
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new("application/json");
            using var response = await registry.Http.PostAsync(path, content, TestContext.Current.CancellationToken);
            Assert.True((int)response.StatusCode < 500, $"round {round}: {(int)response.StatusCode} for {Convert.ToBase64String(body)}");
            if (response.IsSuccessStatusCode) continue;
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        }

        Assert.Equal(200, (await registry.Get("/health/ready")).Status);
        Assert.True(await registry.Head() >= head);
    }

    private static byte[] Mutate(byte[] valid, Random random)
    {
        var body = valid.ToList();
        for (var changes = random.Next(1, 6); changes > 0; changes--)
        {
            var at = random.Next(body.Count);
            switch (random.Next(5))
            {
                case 0: body[at] = (byte)random.Next(256); break;
                case 1: body.RemoveAt(at); break;
                case 2: body.Insert(at, "{}[]\",:\\0e-"u8[random.Next(11)]); break;
                case 3: body.InsertRange(at, body.GetRange(at, Math.Min(random.Next(40), body.Count - at))); break;
                default: body.RemoveRange(at, Math.Min(random.Next(40), body.Count - at)); break;
            }

            if (body.Count == 0) body.Add((byte)'0');
        }

        return [.. body];
    }
}
