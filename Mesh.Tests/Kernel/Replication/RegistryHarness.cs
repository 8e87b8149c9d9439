using Mesh.Api.Modules;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Kernel.Modules;
using Mesh.Kernel.State;
using Mesh.Messaging.Kafka;
using Mesh.Registry.Grpc;
using Mesh.Storage.Hosting;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Kernel.Replication;

/// <summary>
/// A Registry in this process: real writer, relay and log service, with counters as its only module. It can be stopped and started again on
/// its port.
/// </summary>
internal sealed class RegistryHarness(string folder, string? kafka, string? database = null) : IAsyncDisposable
{
    private readonly int _port = FreePort.Next();
    private WebApplication? _app;

    public string Address => $"http://127.0.0.1:{_port}";

    public string Folder => folder;

    public string Database => Path.Combine(folder, "mesh.db");

    public IServiceProvider Services => _app!.Services;

    public ILogStore Store => Services.GetRequiredService<ILogStore>();

    public MeshState State => Services.GetRequiredService<IStateSource>().Current;

    public ICommittedFeed Feed => Services.GetRequiredService<ICommittedFeed>();

    public KafkaRelay Relay => Services.GetRequiredService<KafkaRelay>();

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(new TestLog("registry"));
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["MESH_DATA_DIR"] = folder,
            ["ConnectionStrings:kafka"] = kafka,
            ["ConnectionStrings:mesh"] = database,
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(_port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.AddMeshModules(MeshRole.Registry, new CounterModule());
        builder.AddMeshWriter();
        builder.AddMeshRelay();
        builder.AddMeshLogService();
        _app = builder.Build();
        _app.MapMeshLogService();
        await _app.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.True(() => Services.GetRequiredService<CommandWriter>().Ready, ReplicaHarness.Deadline,
            "the writer has read its log");
    }

    public async Task StopAsync()
    {
        if (_app is null) return;
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _app = null;
    }

    public async Task<long> SetAsync(params (string Name, int Value)[] values)
    {
        var outcome = await Services.GetRequiredService<ICommandBus>()
            .SendAsync(new CommandEnvelope { Command = new SetCounters(values) }, TestContext.Current.CancellationToken);
        Assert.Null(outcome.Refusal);
        return outcome.Sequence;
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}

/// <summary>Counters as a module.</summary>
internal sealed class CounterModule : IModuleEndpoints
{
    public string Name => "counters";

    public IModuleFold? Fold { get; } = new CounterFold();

    public void ConfigureServices(IServiceCollection services, IConfiguration configuration, MeshRole role)
    {
    }

    public void MapEndpoints(IEndpointRouteBuilder endpoints, MeshRole role)
    {
    }
}
