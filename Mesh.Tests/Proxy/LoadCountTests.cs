using System.Net.WebSockets;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Loads;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Proxy;

/// <summary>As what the gateway counts requests for its load reports.</summary>
public class LoadCountTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_attempt_counts_for_itself()
    {
        await using var bad = await TestUpstream.Start(context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        await using var good = await TestUpstream.Named("good");
        await mesh.Serve("attempts", [bad, good],
            host => host.Routes[0].Route_.RetryPolicy = new RetryPolicy { RetryOn = "5xx", NumRetries = 1 });
        for (var i = 0; i < 2; i++)
            Assert.Equal("good", await mesh.Http.GetStringAsync("/attempts/", Cancel));
        var counted = await Counted("attempts", stats => stats.TotalSuccessfulRequests == 2);
        Assert.Equal(counted.TotalIssuedRequests, counted.TotalSuccessfulRequests + counted.TotalErrorRequests);
        Assert.InRange(counted.TotalErrorRequests, 1ul, 2ul);
    }

    [Fact]
    public async Task An_endpoint_that_cannot_be_reached_has_failed()
    {
        await mesh.Serve("nobody", "http", (FreePort.Next(), 1));
        using var answer = await mesh.Http.GetAsync("/nobody/", Cancel);
        var counted = await Counted("nobody", stats => stats.TotalErrorRequests == 1);
        Assert.Equal((1ul, 0ul), (counted.TotalIssuedRequests, counted.TotalSuccessfulRequests));
    }

    [Fact]
    public async Task Of_gRPC_only_statuses_that_are_the_servers_fault_are_failures()
    {
        await using var upstream = await TestUpstream.Start(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", context.Request.Path.Value!.Split('/')[^1]);
        }, HttpProtocols.Http2);
        await mesh.Serve("statuses", upstream, "grpc");
        using var channel = GrpcChannel.ForAddress(mesh.Gateway.Address);
        var marshaller = Marshallers.Create(static (byte[] bytes) => bytes, static bytes => bytes);
        for (var status = 1; status <= 16; status++)
        {
            var method = new Method<byte[], byte[]>(MethodType.Unary, "statuses/x", $"{status}", marshaller, marshaller);
            await Assert.ThrowsAsync<RpcException>(
                () => channel.CreateCallInvoker()
                    .AsyncUnaryCall(method, null, new CallOptions(cancellationToken: Cancel), []).ResponseAsync);
        }

        // UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS.
        var counted = await Counted("statuses", stats => stats.TotalIssuedRequests == 16 && stats.TotalRequestsInProgress == 0);
        Assert.Equal((6ul, 10ul), (counted.TotalErrorRequests, counted.TotalSuccessfulRequests));
    }

    [Fact]
    public async Task A_request_whose_client_has_left_is_neither_and_one_under_way_is_in_progress()
    {
        await using var upstream = await TestUpstream.Start(TestUpstream.Hang);
        await mesh.Serve("left", upstream);
        using var leaving = new CancellationTokenSource();
        var asking = mesh.Http.GetAsync("/left/", leaving.Token);
        await Counted("left", stats => stats is { TotalIssuedRequests: 1, TotalRequestsInProgress: 1 });
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        var counted = await Counted("left", stats => stats.TotalRequestsInProgress == 0);
        Assert.Equal((0ul, 0ul, 0), (counted.TotalSuccessfulRequests, counted.TotalErrorRequests, counted.LoadMetricStats.Count));
    }

    [Fact]
    public async Task A_connection_that_was_upgraded_is_a_success_without_a_time()
    {
        await using var upstream = await TestUpstream.Start(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
        });
        await mesh.Serve("sockets", upstream);
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://{mesh.Gateway.Address.Authority}/sockets/"), Cancel);
        await client.ReceiveAsync(new byte[16], Cancel);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        var counted = await Counted("sockets", stats => stats.TotalSuccessfulRequests == 1);
        Assert.Empty(counted.LoadMetricStats);
    }

    [Fact]
    public async Task What_a_circuit_breaker_turns_away_is_dropped_and_not_a_failure()
    {
        await using var upstream = await TestUpstream.Start(TestUpstream.Hang);
        await mesh.Serve("full", [upstream], cluster: cluster => cluster.CircuitBreakers = new CircuitBreakers
        {
            Thresholds = { new CircuitBreakers.Types.Thresholds { MaxRequests = 1 } },
        });
        using var leaving = new CancellationTokenSource();
        var asking = mesh.Http.GetAsync("/full/", leaving.Token);
        await Counted("full", stats => stats.TotalRequestsInProgress == 1);
        using var refused = await mesh.Http.GetAsync("/full/", Cancel);
        var report = Report("full");
        Assert.Equal((1ul, "max_requests"), (report!.TotalDroppedRequests, report.DroppedRequests.Single().Category));
        Assert.Equal(0ul, report.UpstreamLocalityStats.Single().TotalErrorRequests);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    private async Task<UpstreamLocalityStats> Counted(string service, Func<UpstreamLocalityStats, bool> fits)
    {
        var stats = default(UpstreamLocalityStats);
        await Eventually.True(() => (stats = Report(service)?.UpstreamLocalityStats.SingleOrDefault()) is not null && fits(stats), Patience,
            $"all of {service} is counted");
        return stats!;
    }

    // The control plane of these tests takes no reports, so nothing that was counted is ever taken off.
    private ClusterStats? Report(string service) => LoadReport.Of(
        mesh.Gateway.Services.GetRequiredService<ConfigState>().Loads, name => name == service, 0,
        TimeProvider.System).Request.ClusterStats.SingleOrDefault();
}
