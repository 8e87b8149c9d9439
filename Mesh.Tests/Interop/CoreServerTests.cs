using System.Text;
using Grpc.Core;
using Mesh.DataPlane.Ads;
using Mesh.DataPlane.Transport;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Interop;

/// <summary>Servers of gRPC's C-core behind the gateway and as a control plane, as strict as they can be set about pings.</summary>
public class CoreServerTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private const string NoPings = "grpc.http2.min_ping_interval_without_data_ms=300000";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly string[] Strict = [NoPings, "grpc.http2.min_recv_ping_interval_without_data_ms=3600000",
        "grpc.http2.max_ping_strikes=1"];
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(b => b, b => b);
    private static readonly Method<byte[], byte[]> Down = new(MethodType.ServerStreaming, "tests.Any", "Down", Bytes, Bytes);
    private static readonly Method<byte[], byte[]> Up = new(MethodType.ClientStreaming, "tests.Any", "Up", Bytes, Bytes);
    private static readonly Method<byte[], byte[]> Both = new(MethodType.DuplexStreaming, "tests.Any", "Both", Bytes, Bytes);
    private static readonly Method<byte[], byte[]> Unary = new(MethodType.Unary, "tests.Any", "Unary", Bytes, Bytes);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Connections_to_endpoints_are_not_pinged()
    {
        using var handler = UpstreamHandler.Client(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), UpstreamStream.ConnectAsync);
        Assert.Equal(Timeout.InfiniteTimeSpan, handler.KeepAlivePingDelay);
    }

    [Fact]
    public async Task All_kinds_of_calls_reach_a_server_that_counts_pings_with_much_data_in_either_direction()
    {
        await using var server = await CoreServer.Start(Strict);
        await mesh.Serve("strict", "grpc", (server.Port, 1));
        using var channel = GrpcThrough.Host("strict.mesh", mesh.Gateway.Address);
        var calls = channel.CreateCallInvoker();
        using var both = calls.AsyncDuplexStreamingCall(Both, null, default);
        for (var round = 0; round < 5; round++)
        {
            using var down = calls.AsyncServerStreamingCall(Down, null, default, "200"u8.ToArray());
            var received = 0;
            await foreach (var message in down.ResponseStream.ReadAllAsync(Cancel))
                received += message.Length;
            Assert.Equal(200 * 65_536, received);

            using var up = calls.AsyncClientStreamingCall(Up, null, default);
            for (var i = 0; i < 100; i++)
                await up.RequestStream.WriteAsync(new byte[65_536], Cancel);
            await up.RequestStream.CompleteAsync();
            Assert.Equal($"{100 * 65_536}", Encoding.ASCII.GetString(await up));
            for (var i = 0; i < 20; i++)
                Assert.Equal([1], await calls.AsyncUnaryCall(Unary, null, default, [1]));
        }

        // The stream that was there all the time still is.
        await both.RequestStream.WriteAsync([7], Cancel);
        Assert.True(await both.ResponseStream.MoveNext(Cancel));
        Assert.Equal([7], both.ResponseStream.Current);
        await both.RequestStream.CompleteAsync();
        Assert.False(await both.ResponseStream.MoveNext(Cancel));
        Assert.Equal(1, server.Calls("Both"));
    }

    [Fact]
    public async Task A_control_plane_that_ends_connections_for_their_pings_is_pinged_no_more()
    {
        await using var server = await CoreServer.Start(Strict);
        var options = RunningAdsClient.Options(new Uri($"http://127.0.0.1:{server.Port}"));
        options.PingAfter = TimeSpan.FromSeconds(1);
        await using var client = new RunningAdsClient(options, new TestLog("client").For<AdsClient>());
        await Eventually.True(() => server.Calls("DeltaAggregatedResources") > 1, Soon, "the first connection was ended");
        // Three pings end a connection, and each second without a byte there would be one.
        await Eventually.True(
            () => client.Client.Status is { Connected: true } status
                && TimeProvider.System.GetUtcNow() - status.Since > TimeSpan.FromSeconds(6),
            Soon, "the next one stays");
        // Whether the GOAWAY, the streams' status or a reset comes first: the first end is enough to learn from.
        Assert.Equal(2, server.Calls("DeltaAggregatedResources"));
    }
}
