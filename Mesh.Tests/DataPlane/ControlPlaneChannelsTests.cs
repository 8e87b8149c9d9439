using Grpc.Core;
using Mesh.DataPlane.Ads;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;

namespace Mesh.Tests.DataPlane;

/// <summary>What an end of a connection says about pings, and what becomes of the connection that was pinged.</summary>
public class ControlPlaneChannelsTests
{
    [Theory]
    [InlineData("Too many pings")]
    [InlineData("too_many_pings")]
    public void A_status_that_names_the_pings_stops_them_once(string reason)
    {
        using var channels = new ControlPlaneChannels(new AdsOptions());
        var address = new Uri("http://127.0.0.1:1");
        Assert.True(channels.TryStopPings(address, reason, null));
        Assert.False(channels.TryStopPings(address, reason, null));
    }

    [Fact]
    public void A_connection_that_ended_with_the_code_for_it_is_pinged_no_more()
    {
        using var channels = new ControlPlaneChannels(new AdsOptions());
        var cause = new IOException("ended", new HttpProtocolException(11, "ENHANCE_YOUR_CALM", null));
        Assert.True(channels.TryStopPings(new Uri("http://127.0.0.1:1"), "ended", cause));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Any_other_end_changes_nothing(long code)
    {
        using var channels = new ControlPlaneChannels(new AdsOptions());
        Assert.False(
            channels.TryStopPings(new Uri("http://127.0.0.1:1"), "the control plane ended the stream",
                new HttpProtocolException(code, "ended", null)));
        Assert.False(channels.TryStopPings(new Uri("http://127.0.0.1:1"), "Connection reset by peer", null));
    }

    [Fact]
    public async Task Reports_that_are_just_being_made_on_the_connection_that_was_pinged_fail_as_calls_do()
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        using var channels = new ControlPlaneChannels(new AdsOptions());
        var loads = new LoadReportingService.LoadReportingServiceClient(channels.InvokerOf(address));
        Assert.True(channels.TryStopPings(address, "Too many pings", null));

        using var call = loads.StreamLoadStats(cancellationToken: TestContext.Current.CancellationToken);
        var failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }
}
