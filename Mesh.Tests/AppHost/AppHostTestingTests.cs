using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Confluent.Kafka;
using StackExchange.Redis;

namespace Mesh.Tests.AppHost;

/// <summary>The whole mesh inside a test, by Aspire's testing API.</summary>
public sealed class AppHostTestingTests
{
    private static readonly TimeSpan AtTheLatest = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_test_starts_the_whole_mesh_on_free_ports_with_data_of_its_own()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Mesh_AppHost>(Cancellation);
        Assert.Equal(["redis", "kafka", "registry", "controlplane", "worker", "gateway"],
            builder.Resources.Select(resource => resource.Name));
        await using var app = await builder.BuildAsync(Cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(AtTheLatest);
        await app.StartAsync(limit.Token);
        foreach (var name in new[] { "registry", "controlplane", "worker", "gateway" })
            await app.ResourceNotifications.WaitForResourceHealthyAsync(name, limit.Token);

        Assert.NotEqual(7400, app.GetEndpoint("registry", "http").Port);
        await RedisAnswers(app);
        await KafkaAnswers(app);
        await ARegisteredServiceIsReached(app);
        foreach (var (resource, command) in new[]
        {
            ("gateway", "reload"), ("registry", "verify-log"), ("registry", "rotate-intermediate"),
        })
        {
            var done = await app.ResourceCommands.ExecuteCommandAsync(resource, command, limit.Token);
            Assert.True(done.Success, done.Message);
        }

        // What AppHost tells a stop in the dashboard from an end by: the process is left alone then.
        var stopping = app.ResourceNotifications.WaitForResourceAsync("worker", KnownResourceStates.Stopping, limit.Token);
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("worker", KnownResourceCommands.StopCommand, limit.Token)).Success);
        await stopping;
        await app.StopAsync(limit.Token);
    }

    [Fact]
    public async Task Wrong_arguments_fail_the_test_that_gives_them()
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(
            () => DistributedApplicationTestingBuilder.CreateAsync<Projects.Mesh_AppHost>(["--nonsense"], Cancellation));
        Assert.IsNotType<OperationCanceledException>(refused);
    }

    private static async Task RedisAnswers(DistributedApplication app)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await app.GetConnectionStringAsync("redis", Cancellation))!);
        await redis.GetDatabase().StringSetAsync("key", "value");
        Assert.Equal("value", await redis.GetDatabase().StringGetAsync("key"));
    }

    private static async Task KafkaAnswers(DistributedApplication app)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig
        {
            BootstrapServers = await app.GetConnectionStringAsync("kafka", Cancellation),
        }).Build();
        var delivered = await producer.ProduceAsync("any.topic", new Message<Null, string> { Value = "hello" }, Cancellation);
        Assert.Equal(PersistenceStatus.Persisted, delivered.Status);
    }

    private static async Task ARegisteredServiceIsReached(DistributedApplication app)
    {
        using var registry = app.CreateHttpClient("registry", "http");
        using var gateway = app.CreateHttpClient("gateway", "http");
        var body = $$"""{"name":"itself","url":"http://127.0.0.1:{{registry.BaseAddress!.Port}}"}""";
        using var registered = await registry.PostAsync("/api/discovery/register",
            new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancellation);
        Assert.True(registered.IsSuccessStatusCode, await registered.Content.ReadAsStringAsync(Cancellation));
        using var reached = await gateway.GetAsync("/itself/health/live", Cancellation);
        Assert.True(reached.IsSuccessStatusCode, await reached.Content.ReadAsStringAsync(Cancellation));
    }
}
