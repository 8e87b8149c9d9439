using System.Net.Http.Json;
using Grpc.Net.Client;
using Mesh.Api.Modules;
using Mesh.Contracts.Rest;
using Mesh.ControlPlane.Hosting;
using Mesh.Kernel.Loads;
using Mesh.Kernel.Modules;
using Mesh.Kernel.Xds;
using Mesh.Messaging.Hosting;
using Mesh.Modules;
using Mesh.ServiceDefaults;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Conformance;

/// <summary>A control plane as its program builds it, following a Registry, with a switch for faults behind its modules.</summary>
internal sealed class RunningControlPlane : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;

    private RunningControlPlane(WebApplication app, Uri address)
    {
        (_app, Address) = (app, address);
        Http = new HttpClient { BaseAddress = address };
        _channel = GrpcChannel.ForAddress(address);
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    /// <summary>What clients have reported.</summary>
    public ILoadWindows Loads => _app.Services.GetRequiredService<ILoadWindows>();

    public IServiceProvider Services => _app.Services;

    public static async Task<RunningControlPlane> Start(Uri address, Uri registry, string? redis, FaultSwitch faults)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Testing" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = address.ToString(), ["Mesh:Registry"] = registry.ToString(), ["Mesh:ControlPlane:Name"] = "cp-conformance",
            ["ConnectionStrings:redis"] = redis, ["Mesh:ControlPlane:LoadReportInterval"] = "00:00:00.3",
            ["Logging:LogLevel:Default"] = "None",
        });
        builder.AddMeshDefaults("control-plane", 0);
        builder.AddMeshModules(MeshRole.ControlPlane, BuiltInModules.All());
        builder.AddMeshReplica();
        builder.AddControlPlane();
        builder.Services.AddSingleton<IXdsContributor>(faults);
        var app = builder.Build();
        app.MapMeshDefaults();
        app.MapControlPlane();
        app.MapMeshModules(MeshRole.ControlPlane);
        await app.StartAsync();
        var running = new RunningControlPlane(app, address);
        await Eventually.Succeeds(
            async () => (await running.Http.GetAsync("/health/ready", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode(),
            TimeSpan.FromSeconds(60), "the control plane is ready");
        return running;
    }

    /// <summary>What the applied table says of a client; null while it is not connected.</summary>
    public async Task<ProxyAnswer?> Client(string node) =>
        (await Http.GetFromJsonAsync("/api/v1/proxies", RestJson.Default.ProxyListAnswer,
            TestContext.Current.CancellationToken))!.Items.LastOrDefault(c => c.Node == node);

    /// <summary>
    /// The clusters that the routes of a client name and which, or whose endpoints, it does not have: none, once one that asks by name is
    /// whole.
    /// </summary>
    public async Task<IReadOnlyList<string>> NotHeld(string node)
    {
        var request = new ClientStatusRequest { NodeMatchers = { new NodeMatcher { NodeId = new StringMatcher { Exact = node } } } };
        var answer = await new ClientStatusDiscoveryService.ClientStatusDiscoveryServiceClient(_channel).FetchClientStatusAsync(request,
            cancellationToken: TestContext.Current.CancellationToken);
        var held = answer.Config.SelectMany(c => c.GenericXdsConfigs).Where(c => c.XdsConfig is not null)
            .ToLookup(c => XdsTypes.Parse(c.TypeUrl));
        var wanted = held[XdsTypes.RouteConfiguration].SelectMany(c => Used(c.XdsConfig.Unpack<RouteConfiguration>())).ToHashSet();
        return [
            .. wanted.Where(
                w => held[XdsTypes.Cluster].All(c => c.Name != w) || held[XdsTypes.ClusterLoadAssignment].All(c => c.Name != w))];
    }

    // What has no weight some clients ask for and others do not.
    private static IEnumerable<string> Used(RouteConfiguration routes)
    {
        foreach (var weighted in routes.VirtualHosts.SelectMany(host => host.Routes).Select(route => route.Route_?.WeightedClusters)
            .OfType<WeightedCluster>())
        {
            foreach (var idle in weighted.Clusters.Where(cluster => cluster.Weight == 0).ToList()) weighted.Clusters.Remove(idle);
        }

        return RouteConfigurationBuilder.ClustersOf(routes);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
