using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;

namespace Mesh.Tests.Proxy;

public class MirroredBodyTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_a_body_that_broke_off_or_is_too_long_there_is_no_copy_rather_than_one_without_it()
    {
        await using var upstream = RecordingUpstream.Start();
        await using var mirror = RecordingUpstream.Start();
        await mesh.Serve("copied-to", "http", (mirror.Port, 1));
        await mesh.Serve("copied", "http", (upstream.Port, 1));
        await mesh.Route("copied",
            host => host.Routes[0].Route_.RequestMirrorPolicies.Add(new RouteAction.Types.RequestMirrorPolicy { Cluster = "copied-to" }));
        Assert.StartsWith("HTTP/1.1 400 ",
            await Raw("POST /copied/broken HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n"));
        using var tooLong = await mesh.Http.PostAsync("/copied/long",
            new StringContent(new string('a', 100_000)) { Headers = { ContentLength = null } }, Cancel);
        Assert.Equal(200, (int)tooLong.StatusCode);
        using var whole = await mesh.Http.PostAsync("/copied/whole", new StringContent("whole"), Cancel);
        await Eventually.True(() => mirror.Requests.Any(r => r.Target == "/whole"), TimeSpan.FromSeconds(60), "the last copy has come");
        Assert.Equal(["/whole whole"], mirror.Requests.Select(r => $"{r.Target} {r.Body}"));
    }

    private async Task<string> Raw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", mesh.Gateway.Address.Port, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), Cancel);
        var answer = new byte[4096];
        return Encoding.Latin1.GetString(answer, 0, await stream.ReadAsync(answer, Cancel));
    }
}
