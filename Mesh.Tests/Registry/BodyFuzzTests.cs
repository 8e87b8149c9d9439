using System.Text;

namespace Mesh.Tests.Registry;

[Collection(RegistryCollection.Name)]
public class BodyFuzzTests(SharedRegistry registry)
{
    private const int Seed = 20260101;
    private const int Rounds = 400;

    private static readonly string[] Paths = ["/api/discovery/register", "/api/discovery/mode", "/api/discovery/heartbeat"];

    private static readonly byte[] Valid = Encoding.UTF8.GetBytes(
        """{"name":"fuzz","namespace":"fuzz","instanceId":"a","url":"http://127.0.0.1:1","weight":100,"metadata":{"team":"ü"},"ttlSeconds":30,"healthCheck":{"kind":"http","interval":"5s"},"mode":"active"}""");

    [Fact]
    public async Task Whatever_a_body_holds_the_answer_is_no_server_error()
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var head = await registry.Head();
        for (var round = 0; round < Rounds; round++)
        {
            var body = Mutate(random);
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new("application/json");
            using var response = await registry.Http.PostAsync(Paths[round % Paths.Length], content, TestContext.Current.CancellationToken);
            Assert.True((int)response.StatusCode < 500, $"round {round}: {(int)response.StatusCode} for {Convert.ToBase64String(body)}");
            if (response.IsSuccessStatusCode) continue;
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        }

        Assert.Equal(200, (await registry.Get("/health/ready")).Status);
        Assert.True(await registry.Head() >= head);
    }

    private static byte[] Mutate(Random random)
    {
        var body = Valid.ToList();
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
