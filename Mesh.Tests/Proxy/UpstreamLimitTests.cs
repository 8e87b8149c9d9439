using System.Net;
using Mesh.Tests.Proxy.Support;
using Mesh.Xds.Protos;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Proxy;

/// <summary>Limits that endpoints set for themselves.</summary>
public class UpstreamLimitTests(GatewayFixture mesh) : IClassFixture<GatewayFixture>
{
    private const int LargestHead = 4096;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Headers_that_an_endpoint_has_said_it_does_not_take_are_a_431_and_no_fault_of_its(string method)
    {
        await using var first = await Limited();
        await using var second = await Limited();
        var service = $"heads-{method}".ToLowerInvariant();
        await mesh.Serve(service, [first, second],
            cluster: cluster => cluster.OutlierDetection = new OutlierDetection { Consecutive5Xx = 1, MaxEjectionPercent = 100 },
            protocol: "grpc");
        // Each has said by then what it takes.
        for (var i = 0; i < 4; i++)
            Assert.Equal("ok", await mesh.Http.GetStringAsync($"/{service}/", Cancel));
        for (var i = 0; i < 4; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/{service}/")
            {
                Headers = { { "x-large", new string('x', 2 * LargestHead) } },
            };
            using var response = await mesh.Http.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, response.StatusCode);
            Assert.Contains("headers-too-large", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }

        var endpoints = (await mesh.Gateway.Clusters()).Single(c => (string?)c!["name"] == service)!["endpoints"]!.AsArray();
        Assert.All(endpoints, e => Assert.False((bool)e!["ejected"]!));
        Assert.Equal("ok", await mesh.Http.GetStringAsync($"/{service}/", Cancel));
    }

    [Fact]
    public async Task More_requests_than_a_connection_may_have_streams_get_further_connections()
    {
        // Before the first connection has said how many it takes, all are sent there; what is refused has another attempt.
        const int Callers = 8, Most = 4;
        var all = new TaskCompletionSource();
        var there = 0;
        await using var upstream = await TestUpstream.Start(
            async context =>
            {
                if (Interlocked.Increment(ref there) == Callers)
                    all.SetResult();
                await all.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
                await context.Response.WriteAsync("ok", Cancel);
            },
            HttpProtocols.Http2,
            build: builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.Http2.MaxStreamsPerConnection = Most));
        await mesh.Serve("streams", upstream, "grpc");
        var answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => mesh.Http.GetStringAsync("/streams/", Cancel)));
        Assert.All(answers, answer => Assert.Equal("ok", answer));
    }

    private static Task<TestUpstream> Limited() => TestUpstream.Start(
        context => context.Response.WriteAsync("ok"), HttpProtocols.Http2,
        build: builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestHeadersTotalSize = LargestHead));
}
