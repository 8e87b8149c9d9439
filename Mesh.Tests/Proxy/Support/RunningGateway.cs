using System.Text.Json.Nodes;
using Mesh.DataPlane.Configuration;
using Mesh.Proxy;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Proxy.Support;

/// <summary>The real gateway on free ports, fed by a <see cref="TestControlPlane"/>.</summary>
public sealed class RunningGateway : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private readonly WebApplication _app;
    private readonly TempFolder? _folder;

    private RunningGateway(WebApplication app, TempFolder? folder)
    {
        _app = app;
        _folder = folder;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Distinct().ToList();
        (Address, Inbound, Admin) = (new Uri(addresses[0]), new Uri(addresses[1]), new Uri(addresses[^1]));
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };
    }

    public IServiceProvider Services => _app.Services;

    public Uri Address { get; }

    /// <summary>Where requests for the application come in, of a sidecar that has one.</summary>
    public Uri Inbound { get; }

    public Uri Admin { get; }

    public HttpClient Http { get; }

    public static async Task<RunningGateway> Start(Uri controlPlane, string? dataFolder = null, params string[] settings)
    {
        var folder = dataFolder is null ? new TempFolder() : null;
        var app = GatewayHost.Build(
        [
            "--urls=http://127.0.0.1:0", "--MESH_ADMIN_PORT=0", $"--Mesh:ControlPlane={controlPlane}",
            $"--MESH_DATA_DIR={dataFolder ?? folder!.Path}", "--Logging:LogLevel:Default=None", "--Mesh:Drain:Delay=00:00:00", .. settings,
        ]);
        await app.StartAsync();
        return new RunningGateway(app, folder);
    }

    /// <summary>Waits until the gateway knows a service with this many endpoints.</summary>
    public Task Knows(string service, int endpoints) => Eventually.True(
        async () => (await Clusters()).FirstOrDefault(c => (string?)c!["name"] == service)?["endpoints"]!.AsArray().Count == endpoints
            && (await Config())["services"]!.AsArray().Any(s => (string?)s!["name"] == service),
        Soon, $"the gateway knows {service} with {endpoints} endpoints");

    /// <summary>Waits until the gateway knows a service with exactly these endpoints.</summary>
    public Task KnowsPorts(string service, params int[] ports) => Eventually.True(
        async () => (await Clusters()).FirstOrDefault(c => (string?)c!["name"] == service)?["endpoints"]!.AsArray()
                .Select(e => int.Parse(((string?)e!["address"])!.Split(':')[1])).Order().SequenceEqual(ports.Order()) == true
            && (await Config())["services"]!.AsArray().Any(s => (string?)s!["name"] == service),
        Soon, $"the gateway knows {service} at {string.Join(", ", ports)}");

    /// <summary>Waits until the gateway has taken these resources in, and no older ones of theirs can be on the way any more.</summary>
    public Task Has(params IReadOnlyList<XdsResource> resources) => Eventually.True(
        () => resources.All(Knows), Soon, $"the gateway has {string.Join(", ", resources.Select(r => $"{r.Type} '{r.Name}'"))}");

    /// <summary>Whether the gateway has taken this resource in, in this version.</summary>
    public bool Knows(XdsResource resource) =>
        Services.GetRequiredService<ConfigState>().Versions(resource.Type).TryGetValue(resource.Name, out var version)
            && version == resource.Version;

    public async Task<JsonNode> Config() => JsonNode.Parse(await Http.GetStringAsync(new Uri(Admin, "/config")))!;

    public async Task<JsonArray> Clusters() => JsonNode.Parse(await Http.GetStringAsync(new Uri(Admin, "/clusters")))!.AsArray();

    /// <summary>Stops the host as SIGTERM does.</summary>
    public Task Stop() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder?.Dispose();
    }
}
