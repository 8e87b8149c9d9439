using System.Net;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Proxy;

/// <summary>A gateway that is asked, on its admin port, to have its whole configuration sent again.</summary>
public class ReloadTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reload_has_everything_sent_again_on_a_new_stream_and_serves_meanwhile()
    {
        await using var upstream = await TestUpstream.Named("held");
        mesh.ControlPlane.Serve("held", "http", (upstream.Port, 1));
        Assert.Equal("held", await mesh.Http.GetStringAsync("/held/", Cancel));
        var streams = mesh.ControlPlane.Streams;
        mesh.ControlPlane.Requests.Clear();

        using (var answer = await mesh.Http.PostAsync(new Uri(mesh.Gateway.Admin, "/reload"), null, Cancel))
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);

        await Eventually.True(async () =>
        {
            Assert.Equal("held", await mesh.Http.GetStringAsync("/held/", Cancel));
            return mesh.ControlPlane.Streams > streams
                && mesh.ControlPlane.Requests.Any(r => r.TypeUrl == XdsTypes.Cluster.Url && r.ResponseNonce.Length > 0);
        }, Soon, "a new stream has brought the clusters");
        var first = mesh.ControlPlane.Requests.First(r => r.TypeUrl == XdsTypes.Cluster.Url);
        Assert.Contains("held", first.InitialResourceVersions.Keys);
        Assert.All(first.InitialResourceVersions.Values, version => Assert.Equal("", version));
        Assert.Equal("held", await mesh.Http.GetStringAsync("/held/", Cancel));
    }

    [Fact]
    public async Task What_went_away_unnoticed_is_gone_after_a_reload()
    {
        await using var upstream = await TestUpstream.Named("passing");
        mesh.ControlPlane.Serve("passing", "http", (upstream.Port, 1));
        Assert.Equal("passing", await mesh.Http.GetStringAsync("/passing/", Cancel));
        foreach (var type in XdsTypes.OfServices) mesh.ControlPlane.Remove(type, "passing");
        using (await mesh.Http.PostAsync(new Uri(mesh.Gateway.Admin, "/reload"), null, Cancel))
        {
        }

        await Eventually.True(async () =>
        {
            using var answer = await mesh.Http.GetAsync("/passing/", Cancel);
            return answer.StatusCode == HttpStatusCode.NotFound;
        }, Soon, "it is gone");
    }
}
