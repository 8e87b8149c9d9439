using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mesh.DataPlane.Ads;
using Mesh.DataPlane.Transport;
using Mesh.Proxy;
using Mesh.Proxy.Hosting;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Tests.Proxy;

/// <summary>What a gateway says and does before a control plane has told it anything, and what ends it.</summary>
public class StartTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gateway_started_while_the_control_plane_is_away_forwards_what_it_knew_and_denies_nothing_until_it_is_told()
    {
        await using var upstream = await TestUpstream.Named("ok");
        await using var gateway = await Restarted(upstream, "--Mesh:ReadyFromFileAfter=01:00:00");
        Assert.Equal("ok", await gateway.Running.Http.GetStringAsync("/steady/", Cancel));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not-ready"), await Asked(gateway.Running, "/later/"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not-ready"), await Asked(gateway.Running, "/"));
        using (var ready = await gateway.Running.Http.GetAsync(new Uri(gateway.Running.Admin, "/health/ready"), Cancel))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Contains("confirmed", await ready.Content.ReadAsStringAsync(Cancel));
        }

        await using var back = await TestControlPlane.Start(gateway.Port, c => c.Serve("steady", "http", (upstream.Port, 1)));
        await Eventually.True(() => IsReady(gateway.Running), Soon, "a control plane has confirmed the configuration");
        Assert.Equal((HttpStatusCode.NotFound, "unknown-service"), await Asked(gateway.Running, "/later/"));
    }

    [Fact]
    public async Task A_gateway_is_ready_from_its_last_good_configuration_alone_after_a_while_and_still_denies_nothing()
    {
        await using var upstream = await TestUpstream.Named("ok");
        await using var gateway = await Restarted(upstream, "--Mesh:ReadyFromFileAfter=00:00:00.5");
        await Eventually.True(() => IsReady(gateway.Running), Soon, "nobody has come to confirm the configuration");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not-ready"), await Asked(gateway.Running, "/later/"));
    }

    [Fact]
    public async Task A_gateway_without_any_configuration_is_not_ready_and_says_why()
    {
        await using var gateway = await RunningGateway.Start(new Uri($"http://127.0.0.1:{FreePort.Next()}"));
        using var ready = await gateway.Http.GetAsync(new Uri(gateway.Admin, "/health/ready"), Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        using var response = await gateway.Http.GetAsync("/anything/", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("not-ready", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["reason"]);
    }

    [Fact]
    public async Task A_client_of_the_control_plane_that_dies_ends_the_host()
    {
        var nowhere = new AdsClient(new AdsOptions { ControlPlanes = [] }, TimeProvider.System, NullLogger<AdsClient>.Instance);
        using var transports = new ClusterTransports(new GatewayOptions().IdleConnection);
        using var service = new AdsClientService(nowhere, transports, TimeProvider.System);
        await service.StartAsync(Cancel);
        // The host is stopped by a background service that throws.
        await Assert.ThrowsAsync<DivideByZeroException>(() => service.ExecuteTask!.WaitAsync(Soon, Cancel));
    }

    [Fact]
    public async Task How_slowly_an_answer_is_read_is_for_its_client_to_say()
    {
        await using var gateway = await RunningGateway.Start(new Uri("http://127.0.0.1:1"));
        Assert.Null(gateway.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.MinResponseDataRate);
    }

    private static async Task<(HttpStatusCode Status, string? Reason)> Asked(RunningGateway gateway, string path)
    {
        using var response = await gateway.Http.GetAsync(path, Cancel);
        return (response.StatusCode, (string?)(await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["reason"]);
    }

    private static async Task<bool> IsReady(RunningGateway gateway)
    {
        using var ready = await gateway.Http.GetAsync(new Uri(gateway.Admin, "/health/ready"), Cancel);
        return ready.IsSuccessStatusCode;
    }

    /// <summary>A gateway that knows the service <c>steady</c> from its file only; its control plane is gone.</summary>
    private static async Task<Orphan> Restarted(TestUpstream upstream, string setting)
    {
        var data = new TempFolder();
        var controlPlane = await TestControlPlane.Start();
        var address = controlPlane.Address;
        await using (var before = await RunningGateway.Start(address, data.Path))
        {
            controlPlane.Serve("steady", "http", (upstream.Port, 1));
            await before.Knows("steady", 1);
        }

        await controlPlane.DisposeAsync();
        var after = await RunningGateway.Start(address, data.Path, setting);
        await after.Knows("steady", 1);
        return new Orphan(after, address.Port, data);
    }

    private sealed record Orphan(RunningGateway Running, int Port, TempFolder Data) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Running.DisposeAsync();
            Data.Dispose();
        }
    }
}
