using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

public class StreamingTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_event_of_a_stream_arrives_before_the_last_is_sent()
    {
        var received = new TaskCompletionSource();
        await using var upstream = await TestUpstream.Start(TestUpstream.TwoEvents(received.Task));
        await mesh.Serve("events", upstream);

        using var response = await mesh.Http.GetAsync("/events/", HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        Assert.Equal("data: 1", await reader.ReadLineAsync(Cancel).AsTask().WaitAsync(Soon, Cancel));
        received.SetResult();
        Assert.Equal("\ndata: 2\n\n", await reader.ReadToEndAsync(Cancel));
    }

    [Fact]
    public async Task A_body_is_handed_on_while_it_is_still_being_sent()
    {
        await using var upstream = await TestUpstream.Start(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            while (await reader.ReadLineAsync() is { } line)
            {
                await context.Response.WriteAsync($"{line}!\n");
                await context.Response.Body.FlushAsync();
            }
        }, HttpProtocols.Http2);
        await mesh.Serve("duplex", upstream, "grpc");

        var body = new LineByLine();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(mesh.Gateway.Address, "/duplex/"))
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = body,
        };
        await body.Say("one");
        using var response = await mesh.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel).WaitAsync(Soon, Cancel);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        Assert.Equal("one!", await reader.ReadLineAsync(Cancel));
        await body.Say("two");
        Assert.Equal("two!", await reader.ReadLineAsync(Cancel));
        body.End();
        Assert.Null(await reader.ReadLineAsync(Cancel));
    }

    [Theory]
    [InlineData("http", HttpProtocols.Http1)]
    [InlineData("grpc", HttpProtocols.Http2)]
    public async Task A_web_socket_talks_both_ways(string protocol, HttpProtocols speaks)
    {
        await using var upstream = await TestUpstream.Start(TestUpstream.Echo, speaks);
        await mesh.Serve($"socket-{protocol}", upstream, protocol);

        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{mesh.Gateway.Address.Port}/socket-{protocol}/"), Cancel);
        for (var i = 0; i < 5; i++)
        {
            await client.SendAsync(Encoding.UTF8.GetBytes($"hello {i}"), WebSocketMessageType.Text, true, Cancel);
            var buffer = new byte[100];
            var received = await client.ReceiveAsync(buffer, Cancel);
            Assert.Equal($"hello {i}", Encoding.UTF8.GetString(buffer, 0, received.Count));
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        Assert.Equal("bye", client.CloseStatusDescription);
    }

    [Fact]
    public async Task A_large_body_passes_unharmed_in_both_directions()
    {
        var content = new byte[20 << 20];
        TestSeed.Draws(1).NextBytes(content);
        await using var upstream = await TestUpstream.Start(async context =>
        {
            context.Response.Headers["x-received"] = Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body));
            await context.Response.Body.WriteAsync(content);
        });
        await mesh.Serve("large", upstream);
        using var response = await mesh.Http.PostAsync("/large/", new ByteArrayContent(content), Cancel).WaitAsync(Soon, Cancel);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(content)), response.Headers.GetValues("x-received").Single());
        var received = await response.Content.ReadAsByteArrayAsync(Cancel);
        Assert.True(content.AsSpan().SequenceEqual(received));
    }

    [Theory]
    [InlineData("1.1", "http", HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData("1.1", "grpc", HttpProtocols.Http2, "HTTP/2")]
    [InlineData("2.0", "http", HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData("2.0", "grpc", HttpProtocols.Http2, "HTTP/2")]
    public async Task Either_http_version_reaches_a_service_of_either(string version, string protocol, HttpProtocols speaks, string arrived)
    {
        await using var upstream = await TestUpstream.Start(protocols: speaks);
        var service = $"version-{version[0]}-{protocol}";
        await mesh.Serve(service, upstream, protocol);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(mesh.Gateway.Address, $"/{service}/x"))
        {
            Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await mesh.Http.SendAsync(request, Cancel);
        Assert.Equal(Version.Parse(version), response.Version);
        Assert.StartsWith($"GET /x {arrived}\n", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_client_that_leaves_is_noticed_by_the_service()
    {
        var left = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        await using var upstream = await TestUpstream.Start(async context =>
        {
            context.RequestAborted.Register(left.SetResult);
            reached.SetResult();
            await left.Task.WaitAsync(Soon);
        });
        await mesh.Serve("waiting", upstream);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var request = mesh.Http.GetAsync("/waiting/", cancel.Token);
        await reached.Task.WaitAsync(Soon, Cancel);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await left.Task.WaitAsync(Soon, Cancel);
    }

    /// <summary>A request body that grows as the test speaks.</summary>
    private sealed class LineByLine : HttpContent
    {
        private readonly System.Threading.Channels.Channel<string> _lines = System.Threading.Channels.Channel.CreateBounded<string>(10);

        public ValueTask Say(string line) => _lines.Writer.WriteAsync(line);

        public void End() => _lines.Writer.Complete();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync();
            await foreach (var line in _lines.Reader.ReadAllAsync())
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
