using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

public class GrpcTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>, IAsyncLifetime
{
    private TestUpstream _upstream = null!;
    private GrpcChannel _channel = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private CallInvoker Calls => _channel.CreateCallInvoker();

    public async ValueTask InitializeAsync()
    {
        _upstream = await TestUpstream.Start(protocols: HttpProtocols.Http2, build: CountingService.Build, map: CountingService.Map);
        await mesh.Serve("counting", _upstream, "grpc");
        _channel = Channel("counting.mesh");
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task A_unary_call_gets_its_answer_and_trailers()
    {
        using var call = Calls.AsyncUnaryCall(CountingService.Unary, null, Options(), "hello");
        Assert.Equal("hello!", await call);
        Assert.Equal("yes", call.GetTrailers().GetValue("x-end"));
    }

    [Fact]
    public async Task A_failed_call_keeps_its_status_and_message()
    {
        using var call = Calls.AsyncUnaryCall(CountingService.Unary, null, Options(), "fail");
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(new Status(StatusCode.FailedPrecondition, "as asked"), new Status(failure.StatusCode, failure.Status.Detail));
    }

    [Fact]
    public async Task A_client_stream_arrives_whole()
    {
        using var call = Calls.AsyncClientStreamingCall(CountingService.Up, null, Options());
        for (var i = 0; i < 100; i++)
            await call.RequestStream.WriteAsync("x", Cancel);
        await call.RequestStream.CompleteAsync();
        Assert.Equal("100", await call);
        Assert.Equal("yes", call.GetTrailers().GetValue("x-end"));
    }

    [Fact]
    public async Task A_server_stream_arrives_whole()
    {
        using var call = Calls.AsyncServerStreamingCall(CountingService.Down, null, Options(), "100");
        var received = await call.ResponseStream.ReadAllAsync(Cancel).ToListAsync(Cancel);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), received);
        Assert.Equal("yes", call.GetTrailers().GetValue("x-end"));
    }

    [Fact]
    public async Task A_bidirectional_stream_answers_each_message_before_the_next_is_sent()
    {
        using var call = Calls.AsyncDuplexStreamingCall(CountingService.Both, null, Options());
        for (var i = 0; i < 20; i++)
        {
            await call.RequestStream.WriteAsync($"{i}", Cancel);
            Assert.True(await call.ResponseStream.MoveNext(Cancel));
            Assert.Equal($"{i}!", call.ResponseStream.Current);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Cancel));
        Assert.Equal("yes", call.GetTrailers().GetValue("x-end"));
    }

    [Fact]
    public async Task A_service_without_endpoints_is_unavailable_and_named()
    {
        await mesh.Serve("nowhere", "grpc");
        var failure = await Fails("nowhere.mesh");
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Equal("Service 'nowhere' cannot answer: 'nowhere' has no endpoint.", failure.Status.Detail);
    }

    [Fact]
    public async Task An_unknown_service_is_unavailable_and_named()
    {
        var failure = await Fails("unheard-of.mesh");
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Contains("'unheard-of'", failure.Status.Detail);
    }

    [Fact]
    public async Task A_service_that_cannot_be_reached_is_unavailable()
    {
        await mesh.Serve("refusing", "grpc", (FreePort.Next(), 1));
        Assert.Equal(StatusCode.Unavailable, (await Fails("refusing.mesh")).StatusCode);
    }

    [Fact]
    public async Task Endpoints_that_are_swapped_all_the_time_cost_no_call()
    {
        var first = await TestUpstream.Start(protocols: HttpProtocols.Http2, build: CountingService.Build, map: CountingService.Map);
        await mesh.Serve("swapped", first, "grpc");
        using var channel = Channel("swapped.mesh");
        using var stop = new CancellationTokenSource();
        var answered = 0;
        var workers = Enumerable.Range(0, 4).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Equal("x!", await channel.CreateCallInvoker().AsyncUnaryCall(CountingService.Unary, null, Options(), "x"));
                Interlocked.Increment(ref answered);
            }
        }).ToList();

        for (var swap = 0; swap < 8; swap++)
        {
            var next = await TestUpstream.Start(protocols: HttpProtocols.Http2, build: CountingService.Build, map: CountingService.Map);
            await mesh.Serve("swapped", next, "grpc");
            await first.DisposeAsync();
            first = next;
            var sofar = Volatile.Read(ref answered);
            await Eventually.True(() => Volatile.Read(ref answered) >= sofar + 8 || workers.Any(w => w.IsFaulted), TimeSpan.FromSeconds(60),
                "calls go on");
        }

        await stop.CancelAsync();
        await Task.WhenAll(workers);
        await first.DisposeAsync();
    }

    private static CallOptions Options() => new(cancellationToken: Cancel, deadline: DateTime.MaxValue);

    private async Task<RpcException> Fails(string host)
    {
        using var channel = Channel(host);
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(CountingService.Unary, null, Options(), "hello");
        return await Assert.ThrowsAsync<RpcException>(async () => await call);
    }

    // The authority names the service, the connection goes to the gateway.
    private GrpcChannel Channel(string host) => GrpcChannel.ForAddress($"http://{host}", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp)
                {
                    NoDelay = true,
                };
                await socket.ConnectAsync("127.0.0.1", mesh.Gateway.Address.Port, cancel);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        },
        DisposeHttpClient = true,
    });
}
