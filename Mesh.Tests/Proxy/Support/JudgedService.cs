using System.Net.Sockets;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy.Support;

/// <summary>
/// A service whose endpoints are ejected at their first failure. It wants two of them: a service's last endpoint never is.
/// </summary>
internal sealed class JudgedService(GatewayFixture mesh, string name)
{
    private static readonly Duration Short = Duration.FromTimeSpan(TimeSpan.FromSeconds(2));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<JudgedService> Serve(GatewayFixture mesh, string name, int[] ports, Action<VirtualHost>? route = null,
        string protocol = "http")
    {
        await mesh.Serve(name, protocol, [.. ports.Select(port => (port, 1))]);
        await mesh.Change(name,
            cluster => cluster.OutlierDetection = new OutlierDetection
            {
                Consecutive5Xx = 1,
                ConsecutiveGatewayFailure = 1,
                EnforcingConsecutiveGatewayFailure = 100,
                MaxEjectionPercent = 100,
            }, protocol);
        if (route is not null)
            await mesh.Route(name, route);
        return new JudgedService(mesh, name);
    }

    /// <summary>Two seconds for a whole request (<c>route</c>), for an idle one (<c>idle</c>) or for each attempt.</summary>
    public static Action<VirtualHost> Within(string time) => host =>
    {
        var action = host.Routes[0].Route_;
        if (time == "route")
            action.Timeout = Short;
        else if (time == "idle")
            action.IdleTimeout = Short;
        else
            action.RetryPolicy = new RetryPolicy { RetryOn = "5xx", NumRetries = 1, PerTryTimeout = Short };
    };

    public static HttpProtocols Spoken(string protocol) => protocol == "grpc" ? HttpProtocols.Http2 : HttpProtocols.Http1;

    /// <summary>Begins an upload: its head and three bytes.</summary>
    public Task<NetworkStream> BeginUpload(TcpClient client, int length) =>
        Send(client, $"POST /{name}/ HTTP/1.1\r\nHost: gateway\r\nContent-Length: {length}\r\n\r\nabc");

    public Task<NetworkStream> BeginDownload(TcpClient client) => Send(client, $"GET /{name}/ HTTP/1.1\r\nHost: gateway\r\n\r\n");

    /// <summary>Uploads that never come further than their first bytes, one after the other, and what each gets.</summary>
    /// <param name="count">How many.</param>
    /// <param name="length">What each promises to send.</param>
    /// <param name="begun">Awaited for each before its response.</param>
    public async Task<IReadOnlyList<int>> Upload(int count, int length, Func<Task>? begun = null)
    {
        var answers = new List<int>();
        for (var i = 0; i < count; i++)
        {
            using var client = new TcpClient();
            var stream = await BeginUpload(client, length);
            if (begun is not null)
                await begun();
            answers.Add(await Status(stream));
        }

        return answers;
    }

    public static async Task<int> Status(NetworkStream stream)
    {
        var answer = new byte["HTTP/1.1 200".Length];
        await stream.ReadExactlyAsync(answer, Cancel);
        return int.Parse(Encoding.ASCII.GetString(answer)[^3..]);
    }

    public async Task AssertNoneEjected()
    {
        var endpoints = (await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == name)!["endpoints"]!.AsArray();
        Assert.All(endpoints, endpoint => Assert.True((long)endpoint!["requests"]! > 0, "it was asked"));
        Assert.All(endpoints, endpoint => Assert.False((bool)endpoint!["ejected"]!));
    }

    public async Task<bool> IsEjected(int port) =>
        (bool)(await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == name)!["endpoints"]!.AsArray()
            .Single(endpoint => ((string?)endpoint!["address"])!.EndsWith($":{port}"))!["ejected"]!;

    private async Task<NetworkStream> Send(TcpClient client, string head)
    {
        await client.ConnectAsync("127.0.0.1", mesh.Gateway.Address.Port, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), Cancel);
        return stream;
    }
}
