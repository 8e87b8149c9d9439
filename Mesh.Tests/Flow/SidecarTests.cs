using System.Net.Sockets;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>A sidecar in a whole mesh: every part is a real process.</summary>
public class SidecarTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_application_reaches_services_that_nobody_declared_by_request_tunnel_and_through_another_sidecar()
    {
        await using var mesh = await AspireMesh.StartAsync();
        await using var shop = await Upstream.StartAsync("shop");
        await using var database = new TcpEcho("db");
        var inbound = FreePort.Next();
        await using var beside = await ProxyProcess.Start(
            new Uri(mesh.ControlPlane), ("Mesh__Sidecar__Service", "shop"), ("Mesh__Sidecar__Inbound", $"{inbound}"),
            ("Mesh__Sidecar__Application", shop.Url));
        await using var sidecar = await ProxyProcess.Start(new Uri(mesh.ControlPlane), ("Mesh__Sidecar__Service", "web"),
            ("Mesh__Drain__Delay", "00:00:00"));
        await mesh.Register(new() { Name = "shop", Url = $"http://127.0.0.1:{inbound}" });
        await mesh.Register(new() { Name = "orders-db", Url = $"tcp://127.0.0.1:{database.Port}", Namespace = "data" });

        using var http = new HttpClient(new SocketsHttpHandler { Proxy = new System.Net.WebProxy(sidecar.Address), UseProxy = true });
        await Eventually.True(async () =>
        {
            using var response = await http.GetAsync("http://shop/cart", Cancel);
            return await response.Content.ReadAsStringAsync(Cancel) == "shop /cart";
        }, Soon, "the request has passed both sidecars");

        var greeted = "";
        await Eventually.True(async () =>
        {
            var (socket, answer) = await Tunnel.Open(sidecar.Address, "orders-db.data:5432", Cancel);
            using (socket)
            {
                if (!answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
                    return false;
                socket.Shutdown(SocketShutdown.Send);
                greeted = await Tunnel.Rest(socket, Cancel);
                return true;
            }
        }, Soon, "the tunnel is there");
        Assert.Equal("db\nbye", greeted);

        var proxies = await mesh.Get($"{mesh.ControlPlane}/api/v1/proxies");
        Assert.Contains("web@", proxies.ToString());
        sidecar.EndPlease();
        Assert.Equal(0, await sidecar.Ended());
    }
}
