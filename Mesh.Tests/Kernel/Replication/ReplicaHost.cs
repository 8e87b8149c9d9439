using Mesh.Kernel.Modules;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Messaging.Hosting;
using Mesh.Tests.Kernel.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Kernel.Replication;

/// <summary>A process's replica as hosts have it: by <c>AddMeshReplica</c>, over real gRPC and Kafka.</summary>
internal sealed class ReplicaHost : IAsyncDisposable
{
    private readonly IHost _host;

    public ReplicaHost(string registries, string? kafka, string feeds = "both", string? redis = null,
        Action<ReplicaOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Mesh:Registry"] = registries,
            ["Mesh:Feeds"] = feeds,
            ["ConnectionStrings:kafka"] = kafka,
            ["ConnectionStrings:redis"] = redis,
            ["Mesh:Kafka:FetchWaitMaxMs"] = "2",
        });
        builder.Logging.ClearProviders().AddProvider(new TestLog(feeds)).AddFilter("Microsoft", LogLevel.Warning);
        var options = ReplicaOptions.From(builder.Configuration);
        options.HeadCheckEvery = TimeSpan.FromMilliseconds(300);
        configure?.Invoke(options);
        builder.Services.AddSingleton(options);
        builder.AddMeshModules(MeshRole.ControlPlane, new CounterModule());
        builder.AddMeshReplica();
        _host = builder.Build();
        Name = feeds;
    }

    public string Name { get; }

    public IMeshReplica Replica => _host.Services.GetRequiredService<IMeshReplica>();

    public int Value(string name) => Replica.Current.Facts<CounterState>().Values.GetValueOrDefault(name);

    public Task StartAsync() => _host.StartAsync(TestContext.Current.CancellationToken);

    /// <summary>Waits until every configured feed is live.</summary>
    public Task Live() =>
        Eventually.True(() => Replica.Status is { Attached: true } status && status.Feeds.All(feed => feed.State == FeedState.Live),
        ReplicaHarness.Deadline, $"{Name}: all feeds are live");

    public Task Holds(MeshState state, string because) => Eventually.Succeeds(
        () =>
        {
            Assert.Equal(state.Position.Log, Replica.Current.Position.Log);
            Assert.Equal(state.Position.Hash, Replica.Current.Position.Hash);
            Assert.Equal(state.Sequence, Replica.Current.Sequence);
            Assert.Equal(state.Facts<CounterState>().Values.OrderBy(pair => pair.Key),
                Replica.Current.Facts<CounterState>().Values.OrderBy(pair => pair.Key));
        },
        ReplicaHarness.Deadline,
        $"{Name}: {because}");

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        if (_host is IAsyncDisposable disposable) await disposable.DisposeAsync();
    }
}
