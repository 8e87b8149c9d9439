using System.Net;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>Web pages of others, at each listener of a whole mesh.</summary>
public class EveryListenerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_listener_of_the_mesh_takes_a_name_that_was_led_here_or_what_a_page_of_another_origin_sends()
    {
        await using var mesh = await AspireMesh.StartAsync();
        await using var application = await Upstream.StartAsync("web");
        var inbound = FreePort.Next();
        await using var sidecar = await ProxyProcess.Start(
            new Uri(mesh.ControlPlane), ("Mesh__Sidecar__Service", "web"), ("Mesh__Sidecar__Inbound", $"{inbound}"),
            ("Mesh__Sidecar__Application", application.Url));
        await mesh.Register(new() { Name = "web", Url = application.Url });
        (string Address, string Path)[] interfaces =
        [
            (mesh.Registry, "/api/discovery/register"), (mesh.ControlPlane, "/api/v1/proxies"), (mesh.Worker, "/health/live"),
            (mesh.Admin, "/config"), (mesh.Gateway, "/web/x"),
            ($"{sidecar.Admin}", "/config"),
        ];
        foreach (var (address, path) in interfaces)
        {
            Assert.Equal((address, HttpStatusCode.MisdirectedRequest), (address, await Ask(address, path, "evil.example", null)));
            Assert.Equal((address, HttpStatusCode.Forbidden), (address, await Ask(address, path, null, "https://evil.example")));
            Assert.Equal((address, HttpStatusCode.Forbidden), (address, await Ask(address, path, null, "null")));
        }

        // A proxy is told by the host whom its client wants, and there is no such service; what a page can reach by the proxy's address it
        // may not.
        Assert.Contains(await Ask($"{sidecar.Address}", "/x", "evil.example", null),
            (HttpStatusCode[])[HttpStatusCode.NotFound, HttpStatusCode.Forbidden]);
        Assert.Equal(HttpStatusCode.Forbidden, await Ask($"{sidecar.Address}", "/web/x", null, "https://evil.example"));

        // In front of an application it is the application that says whom it takes.
        Assert.Equal(HttpStatusCode.OK, await Ask($"http://127.0.0.1:{inbound}", "/x", "www.example.com", "https://www.example.com"));

        // Pages of services may call services, here and under their names.
        Assert.Equal(HttpStatusCode.OK, await Ask(mesh.Gateway, "/x", "web.mesh", "http://shop.mesh"));
        Assert.Equal(HttpStatusCode.OK, await Ask(mesh.Gateway, "/web/x", null, "http://localhost:3000"));
    }

    private static async Task<HttpStatusCode> Ask(string address, string path, string? host, string? origin)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(address), path))
        {
            Headers = { Host = host },
            Content = new StringContent("{}"),
        };
        if (origin is not null) request.Headers.TryAddWithoutValidation("Origin", origin);
        using var response = await client.SendAsync(request, Cancel);
        return response.StatusCode;
    }
}
