using System.Net;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Tests.Support;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Registry;

/// <summary>What a Registry answers before it knows its log, and while it stops.</summary>
public sealed class StartAndStopTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Before_the_log_is_open_nothing_is_said_about_services()
    {
        var port = FreePort.Next();
        var environment = RunningRegistry.Environment(_folder.Path, port);
        environment["ConnectionStrings__mesh"] = $"Host=127.0.0.1;Port={FreePort.Next()};Username=nobody;Database=nothing;Timeout=1";
        await using var process = ChildProcess.Start("Mesh.Registry", environment);
        var address = new Uri($"http://127.0.0.1:{port}");
        await process.Ready(new Uri(address, "/health/live").ToString(), TimeSpan.FromSeconds(60));
        using var http = new HttpClient { BaseAddress = address };
        string[] paths = ["/api/discovery/services", "/api/discovery/services?consistency=strong", "/api/discovery/services/echo",
            "/api/v1/state", "/api/v1/state?at=0", "/api/v1/events"];
        foreach (var path in paths)
        {
            using var answer = await http.GetAsync(path, Ending);
            var body = JsonElement.Parse(await answer.Content.ReadAsStringAsync(Ending));
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable, "starting"),
                (path, answer.StatusCode, body.GetProperty("errors")[0].GetProperty("code").GetString()));
        }

        using var channel = GrpcChannel.ForAddress(address);
        var discovery = new V1.Discovery.DiscoveryClient(channel);
        var get = await Assert.ThrowsAsync<RpcException>(
            async () => await discovery.GetServiceAsync(new() { Name = "echo" }, cancellationToken: Ending));
        using var watch = discovery.Watch(new(), cancellationToken: Ending);
        var next = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(Ending));
        Assert.Equal((StatusCode.Unavailable, StatusCode.Unavailable), (get.StatusCode, next.StatusCode));
    }

    [Fact]
    public async Task A_Registry_that_stops_answers_its_long_polls_with_what_it_has()
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        await using var process = SharedRegistry.Start(_folder.Path, address);
        await process.Ready(new Uri(address, "/health/ready").ToString(), TimeSpan.FromSeconds(60));

        // One connection, and on it one request after the other: once the second is answered, the first has arrived.
        using var http = new HttpClient
        {
            BaseAddress = address,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        (await http.GetAsync("/health/live", Ending)).Dispose();
        var poll = http.GetAsync("/api/discovery/services?afterSequence=0&wait=60s", Ending);

        using (await http.GetAsync("/api/discovery/services", Ending)) Assert.False(poll.IsCompleted);
        Assert.Equal(0, await process.Terminate(TimeSpan.FromSeconds(60)));
        using var answer = await poll;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(0, JsonElement.Parse(await answer.Content.ReadAsStringAsync(Ending)).GetProperty("items").GetArrayLength());
    }
}
