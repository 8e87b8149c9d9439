using System.Net.Http.Json;
using Grpc.Net.Client;
using Mesh.Api.Modules;
using Mesh.Contracts.Rest;
using Mesh.ControlPlane.Hosting;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Modules;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Modules;
using Mesh.ServiceDefaults;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mesh.Tests.ControlPlane;

/// <summary>A real control plane on a free port, following a replica that the test feeds.</summary>
internal sealed class ControlPlaneHarness : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ControlPlaneHarness(WebApplication app, FakeReplica replica)
    {
        (_app, Replica) = (app, replica);
        Address = new Uri(app.Urls.First());
        Channel = GrpcChannel.ForAddress(Address);
        Http = new HttpClient { BaseAddress = Address };
    }

    public FakeReplica Replica { get; }

    public Uri Address { get; }

    public GrpcChannel Channel { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<ControlPlaneHarness> Start(FakeReplica? replica = null, IReadOnlyDictionary<string, string?>? settings = null,
        Action<IHostApplicationBuilder>? more = null)
    {
        replica ??= new FakeReplica();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Testing" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Mesh:ControlPlane:Name"] = "cp-test",
        });
        builder.Configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
        builder.AddMeshDefaults("control-plane", 0);
        builder.Services.AddSingleton<IMeshReplica>(replica);
        builder.Services.AddSingleton<ILogHead>(replica.Head);
        builder.Services.AddSingleton(ReplicaOptions.From(builder.Configuration));
        builder.AddMeshModules(MeshRole.ControlPlane, BuiltInModules.All());
        builder.Services.AddSingleton<IStateSource>(replica);
        more?.Invoke(builder);
        builder.AddControlPlane();
        var app = builder.Build();
        app.MapMeshDefaults();
        app.MapControlPlane();
        app.MapMeshModules(MeshRole.ControlPlane);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new ControlPlaneHarness(app, replica);
    }

    /// <summary>The applied table as REST shows it.</summary>
    public async Task<IReadOnlyList<ProxyAnswer>> Proxies() =>
        (await Http.GetFromJsonAsync("/api/v1/proxies", RestJson.Default.ProxyListAnswer, TestContext.Current.CancellationToken))!.Items;

    /// <summary>
    /// Waits until all that the replica has is compiled: a wildcard that is asked for before is answered with nothing first.
    /// </summary>
    public Task Compiled() => Eventually.True(
        () => _app.Services.GetRequiredService<SnapshotHub>().Current.Sequence == Replica.Current.Sequence, TimeSpan.FromSeconds(60),
        "all is compiled");

    /// <summary>Waits until the only client has taken all that it was sent: what it does may be seen sooner than its answers are.</summary>
    public Task Synced() => Eventually.True(
        async () => (await Proxies()).Single().Types.All(t => t.State == "SYNCED"), TimeSpan.FromSeconds(60),
        "the client has taken everything");

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Channel.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
