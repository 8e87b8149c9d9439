using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Grpc.Core;
using Mesh.Contracts.V1;
using Mesh.Kernel.Log;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.Reconciling.DeadLetters;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Mesh.Messaging.Connections;
using Mesh.Messaging.Registries;
using Mesh.Registry.DeadLetters;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Tests.Kernel.Reconciling;

/// <summary>The Registry's side of dead letters over real HTTP, and the workers' client with its failover.</summary>
public class DeadLetterTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static DeadLetter Letter(string resource) =>
        new() { Reconciler = "counters", Resource = resource, Reason = "for a test", Worker = "test/1", Depth = 9 };

    [Fact]
    public async Task A_dead_letter_is_kept_listed_and_taken_away_by_a_replay()
    {
        await using var host = await DeadLetterHost.Start(null);
        var client = host.Client();
        var added = await client.CallAsync(
            (invoker, call) => new DeadLetters.DeadLettersClient(invoker).ParkAsync(Letter("default/a"), call), Cancel);
        Assert.True(added.Changed);
        var again = await client.CallAsync(
            (invoker, call) => new DeadLetters.DeadLettersClient(invoker).ParkAsync(Letter("default/a"), call), Cancel);
        Assert.False(again.Changed);
        Assert.Equal(DeadLetterId.Of(new ReconcileKey("counters", "default/a")), again.Item.Id);

        var list = await host.Http.GetFromJsonAsync<JsonElement>("/api/v1/dead-letters", Cancel);
        var item = Assert.Single(list.GetProperty("items").EnumerateArray());
        Assert.Equal(("counters", "default/a", "for a test", 9),
            (item.GetProperty("reconciler").GetString(), item.GetProperty("resource").GetString(),
            item.GetProperty("reason").GetString(), item.GetProperty("depth").GetInt32()));

        using var replay = await host.Http.PostAsync($"/api/v1/dead-letters/{again.Item.Id}/replay", null, Cancel);
        Assert.Equal(HttpStatusCode.OK, replay.StatusCode);
        using var unknown = await host.Http.PostAsync($"/api/v1/dead-letters/{again.Item.Id}/replay", null, Cancel);
        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"),
            (unknown.StatusCode, unknown.Content.Headers.ContentType?.MediaType));
        var left = await client.CallAsync((invoker, call) => new DeadLetters.DeadLettersClient(invoker).ListAsync(new(), call), Cancel);
        Assert.Empty(left.Items);
    }

    [Fact]
    public async Task A_dead_letter_is_mirrored_to_Kafka_once()
    {
        var config = new ProducerConfig();
        config.Set("test.mock.num.brokers", "1");
        using var broker = new ProducerBuilder<Null, Null>(config).SetLogHandler((_, _) => { }).Build();
        using var admin = new DependentAdminClientBuilder(broker.Handle).Build();
        var address = admin.GetMetadata(TimeSpan.FromSeconds(10)).Brokers.Single();
        var servers = $"{address.Host}:{address.Port}";
        await using var host = await DeadLetterHost.Start(servers);
        var client = host.Client();
        var parked = await client.CallAsync(
            (invoker, call) => new DeadLetters.DeadLettersClient(invoker).ParkAsync(Letter("default/a"), call), Cancel);

        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = servers,
            GroupId = "test",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            FetchWaitMaxMs = 20,
        })
            .SetLogHandler((_, _) => { }).Build();
        var store = host.Services.GetRequiredService<DeadLetterStore>();
        await Eventually.True(async () => (await store.FindAsync(parked.Item.Id, Cancel))!.Mirrored, TimeSpan.FromSeconds(60),
            "it is noted as mirrored");
        consumer.Assign(Enumerable.Range(0, 4)
            .Select(partition => new TopicPartitionOffset("cdaprod.mesh.dead-letter", partition, Offset.Beginning)));
        ConsumeResult<string, byte[]>? seen = null;
        await Eventually.True(() => (seen = consumer.Consume(TimeSpan.FromMilliseconds(200))) is not null, TimeSpan.FromSeconds(60),
            "it is in the topic");
        Assert.Equal(parked.Item.Id, seen!.Message.Key);
        Assert.Contains("\"resource\":\"default/a\"", Encoding.UTF8.GetString(seen.Message.Value), StringComparison.Ordinal);
        Assert.Null(consumer.Consume(TimeSpan.FromMilliseconds(500)));
    }

    [Fact]
    public async Task A_letter_that_is_replayed_while_it_is_mirrored_stays_away_and_its_successor_is_mirrored_too()
    {
        await using var host = await DeadLetterHost.Start(null);
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var letters = new DeadLetterStore(host.Services.GetRequiredService<ILogStore>(), time);
        var (letter, _) = await letters.ParkAsync(Letter("default/a"), Cancel);
        Assert.NotNull(await letters.ReplayAsync(letter.Id, Cancel));
        await letters.SetMirroredAsync(letter, Cancel);
        Assert.Empty(await letters.ListAsync(Cancel));

        time.Advance(TimeSpan.FromSeconds(1));
        var (next, _) = await letters.ParkAsync(Letter("default/a"), Cancel);
        Assert.False((await letters.FindAsync(next.Id, Cancel))!.Mirrored);
        await letters.SetMirroredAsync(next, Cancel);
        Assert.True(Assert.Single(await letters.ListAsync(Cancel)).Mirrored);
    }

    [Fact]
    public async Task A_Registry_that_is_away_or_hangs_leaves_the_call_to_the_next_one()
    {
        await using var host = await DeadLetterHost.Start(null);
        using var hanging = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        hanging.Start();
        var client = host.Client(new($"http://127.0.0.1:{FreePort.Next()}"), new($"http://{hanging.LocalEndpoint}"));
        var list = await client.CallAsync((invoker, call) => new DeadLetters.DeadLettersClient(invoker).ListAsync(new(), call), Cancel);
        Assert.Empty(list.Items);

        // From then on the one that answered is asked first.
        var asked = 0;
        await client.CallAsync(
            (invoker, call) =>
            {
                asked++;
                return new DeadLetters.DeadLettersClient(invoker).ListAsync(new(), call);
            },
            Cancel);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_Registry_that_falls_silent_long_before_the_time_is_up_leaves_the_call_to_the_next_one()
    {
        // Its connection ends with an unanswered ping, after about 4 s; its share of the time is 7.5 s.
        await using var host = await DeadLetterHost.Start(null);
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var client = host.Client(new Uri($"http://{silent.LocalEndpoint}"));
        var list = await client.CallAsync((invoker, call) => new DeadLetters.DeadLettersClient(invoker).ListAsync(new(), call), Cancel);
        Assert.Empty(list.Items);
    }

    [Fact]
    public async Task A_refusal_is_no_reason_to_ask_another_Registry()
    {
        await using var host = await DeadLetterHost.Start(null);
        var client = host.Client();
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.CallAsync((invoker, call) => new DeadLetters.DeadLettersClient(invoker).ParkAsync(new DeadLetter(), call),
                Cancel));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
    }

    private sealed class DeadLetterHost(WebApplication app, TempFolder folder, ILogStore store) : IAsyncDisposable
    {
        public HttpClient Http { get; } = new() { BaseAddress = new Uri(app.Urls.First()) };

        public IServiceProvider Services => app.Services;

        public static async Task<DeadLetterHost> Start(string? kafka)
        {
            var folder = new TempFolder();
            var store = new SqliteLogStore(folder.File("mesh.db"));
            var head = await store.OpenAsync(Cancel);
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0);
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2);
            });
            builder.Services.AddGrpc();
            builder.Services.AddSingleton<ILogStore>(store);
            builder.Services.AddSingleton<IStateSource>(new StatePublisher(new StateFolder([]).Empty(head.Log)));
            builder.Services.AddSingleton(TimeProvider.System);
            builder.Services.AddSingleton(new MeshKafkaSettings { BootstrapServers = kafka });
            builder.Services.AddDeadLetters();
            var app = builder.Build();
            app.MapDeadLetters();
            await app.StartAsync(Cancel);
            return new DeadLetterHost(app, folder, store);
        }

        private RegistryChannels? _channels;

        public RegistryClient Client(params IEnumerable<Uri> before) => new(
            _channels = new RegistryChannels(new ReplicaOptions { Registries = [.. before, new Uri(app.Urls.Last())] }),
            Options.Create(new ReconcilingOptions { CommandTimeout = TimeSpan.FromSeconds(15) }), TimeProvider.System);

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            _channels?.Dispose();
            await app.DisposeAsync();
            await store.DisposeAsync();
            folder.Dispose();
        }
    }
}
