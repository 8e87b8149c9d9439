using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Registry;

/// <summary>Little on the wire that becomes much in memory.</summary>
[Collection(RegistryCollection.Name)]
public sealed class CompressedRequestTests(SharedRegistry registry)
{
    private static readonly Metadata Gzip = new() { { "grpc-internal-encoding-request", "gzip" } };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_compressed_message_is_taken_up_to_the_size_that_any_other_may_have()
    {
        using var channel = GrpcChannel.ForAddress(registry.Address);
        var client = new V1.Discovery.DiscoveryClient(channel);
        var request = new V1.RegisterRequest { Name = "packed", Address = "127.0.0.1", Port = 1 };
        Assert.True((await client.RegisterAsync(request, Gzip, cancellationToken: Cancel)).Changed);

        request.Metadata.Add("zeros", new string('0', 64 * 1024 * 1024));
        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await client.RegisterAsync(request, Gzip, cancellationToken: Cancel));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Contains("1048576", refused.Status.Detail);
    }

    [Fact]
    public async Task A_compressed_body_is_refused_and_says_how_it_must_come()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            await gzip.WriteAsync(Encoding.UTF8.GetBytes("""{"name":"packed","url":"http://127.0.0.1:2"}"""), Cancel);
        using var http = new HttpClient { BaseAddress = registry.Address };
        using var body = new ByteArrayContent(packed.ToArray())
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json"), ContentEncoding = { "gzip" } },
        };
        using var answer = await http.PostAsync("/api/discovery/register", body, Cancel);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Contains("Content-Encoding", await answer.Content.ReadAsStringAsync(Cancel));
    }
}
