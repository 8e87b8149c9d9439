using System.Diagnostics;
using System.Net;
using Mesh.Api.Client.Requests;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>What is called at once after its registration was answered, in a whole mesh.</summary>
public class JustRegisteredTests
{
    private const int Services = 500;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    // How long a cold process on a busy machine needs does not matter to these tests.
    private static readonly (string, string)[] Patience =
    [
        ("Mesh__ControlPlane__AbsentAfter", "00:00:10"),
        ("Mesh__Gateway__LookupTimeout", "00:00:40"),
        ("Mesh__Sidecar__WaitFor", "00:00:40"),
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Five_hundred_services_are_called_at_once_after_their_registration_and_no_call_fails()
    {
        await using var mesh = await AspireMesh.StartAsync(Patience);
        await using var upstream = await Upstream.StartAsync("new");
        await using var sidecar = await ProxyProcess.Start(new Uri(mesh.ControlPlane), [("Mesh__Sidecar__Service", "web"), .. Patience]);
        using var beside = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy(sidecar.Address), UseProxy = true })
        {
            Timeout = Soon,
        };

        // The first of them is the first entry in the life of this mesh.
        var failed = new List<string>();
        var longest = TimeSpan.Zero;
        for (var i = 0; i < Services; i++)
        {
            await mesh.Register(new() { Name = $"new-{i}", Url = upstream.Url });
            var begun = Stopwatch.GetTimestamp();
            using var response = i % 5 == 4
                ? await beside.GetAsync($"http://new-{i}/x", Cancel)
                : await mesh.Http.GetAsync($"{mesh.Gateway}/new-{i}/x", Cancel);
            var took = Stopwatch.GetElapsedTime(begun);
            longest = took > longest ? took : longest;
            var body = await response.Content.ReadAsStringAsync(Cancel);
            if (body != "new /x") failed.Add($"{i}: {(int)response.StatusCode} {body}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"the longest call took {longest.TotalMilliseconds:0.0} ms");
        Assert.Empty(failed);

        await mesh.Api.Discovery.DeregisterAsync("new-0", cancellationToken: Cancel);
        await Eventually.True(
            async () => (await mesh.Http.GetAsync($"{mesh.Gateway}/new-0/x", Cancel)).StatusCode == HttpStatusCode.NotFound, Soon,
            "a service that is gone is unknown");
    }

    [Fact]
    public async Task What_a_route_leads_to_is_called_at_once_after_its_first_registration_though_it_was_known_before()
    {
        await using var mesh = await AspireMesh.StartAsync(Patience);
        await using var upstream = await Upstream.StartAsync("new");
        var failed = new List<string>();
        for (var i = 0; i < 40; i++)
        {
            await mesh.Register(new() { Name = $"front-{i}", Url = upstream.Url });
            await mesh.Api.Routes.SetAsync(new RouteRequest { Service = $"front-{i}", Name = "all", Destinations = [new DestinationRequest {
                Service = $"back-{i}" }] }, cancellationToken: Cancel);
            await Eventually.True(
                async () => (await mesh.Http.GetAsync($"{mesh.Gateway}/front-{i}/",
                    Cancel)).StatusCode == HttpStatusCode.ServiceUnavailable, Soon, "the route leads to nobody");

            await mesh.Register(new() { Name = $"back-{i}", Url = upstream.Url });
            await Call();
            await mesh.Api.Discovery.DeregisterAsync($"back-{i}", cancellationToken: Cancel);
            await Eventually.True(
                async () => (await mesh.Http.GetAsync($"{mesh.Gateway}/front-{i}/",
                    Cancel)).StatusCode == HttpStatusCode.ServiceUnavailable, Soon, "its only instance is gone");
            await mesh.Register(new() { Name = $"back-{i}", Url = upstream.Url });
            await Call();

            async Task Call()
            {
                using var response = await mesh.Http.GetAsync($"{mesh.Gateway}/front-{i}/x", Cancel);
                var body = await response.Content.ReadAsStringAsync(Cancel);
                if (body != "new /x") failed.Add($"{i}: {(int)response.StatusCode} {body}");
            }
        }

        Assert.Empty(failed);
    }
}
