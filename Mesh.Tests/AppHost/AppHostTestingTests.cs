using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Confluent.Kafka;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Mesh.Tests.AppHost;

/// <summary>The AppHost as other tests start it: inside the test, with Aspire's testing API.</summary>
public sealed class AppHostTestingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_test_starts_the_whole_mesh_on_free_ports_with_data_of_its_own()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Mesh_AppHost>(Cancellation);
        Assert.Equal(["redis", "kafka", "registry", "controlplane", "worker", "gateway"], builder.Resources.Select(resource => resource.Name));
        await using var app = await builder.BuildAsync(Cancellation);
        await app.StartAsync(Cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        await app.ResourceNotifications.WaitForResourceHealthyAsync("registry", limit.Token);

        Assert.NotEqual(7400, app.GetEndpoint("registry").Port);
        await RedisAnswers(app);
        await KafkaAnswers(app);
        await TheTraceOfARequestIsKept(app);
        await AtTheEndNothingIsCalledEndedThatRuns(app, limit.Token);
    }

    [Fact]
    public async Task Wrong_arguments_fail_the_test_that_gives_them()
    {
        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => DistributedApplicationTestingBuilder.CreateAsync<Projects.Mesh_AppHost>(["--nonsense"], Cancellation));
        Assert.Contains("--nonsense", refused.Message);
    }

    private static async Task AtTheEndNothingIsCalledEndedThatRuns(DistributedApplication app, CancellationToken cancellation)
    {
        await using var changes = app.ResourceNotifications.WatchAsync(cancellation).GetAsyncEnumerator(cancellation);
        Assert.True(await changes.MoveNextAsync());
        await app.StopAsync(cancellation);
        var states = new List<string>();
        do
        {
            if (changes.Current.Resource.Name == "registry")
                states.Add(changes.Current.Snapshot.State);
        }
        while (states is not [.., "Exited"] && await changes.MoveNextAsync());

        // On a slow machine it may have looked ill for a while before.
        Assert.Contains(states[0], (string[])["Running", "RuntimeUnhealthy"]);
        Assert.Equal(["Stopping", "Exited"], states.SkipWhile(state => state is "Running" or "RuntimeUnhealthy"));
    }

    private static async Task RedisAnswers(DistributedApplication app)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await app.GetConnectionStringAsync("redis", Cancellation))!);
        await redis.GetDatabase().StringSetAsync("key", "value");
        Assert.Equal("value", await redis.GetDatabase().StringGetAsync("key"));
    }

    private static async Task KafkaAnswers(DistributedApplication app)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = await app.GetConnectionStringAsync("kafka", Cancellation) }).Build();
        var delivered = await producer.ProduceAsync("any.topic", new Message<Null, string> { Value = "hello" }, Cancellation);
        Assert.Equal(PersistenceStatus.Persisted, delivered.Status);
    }

    private static async Task TheTraceOfARequestIsKept(DistributedApplication app)
    {
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        using var registry = app.CreateHttpClient("registry");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/discovery/services");
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        await registry.SendAsync(request, Cancellation);

        using var apphost = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
        await Eventually.Succeeds(
            async () =>
            {
                var kept = await apphost.GetFromJsonAsync<JsonElement>($"/api/v1/traces/{trace}", Cancellation);
                Assert.Contains(kept.GetProperty("spans").EnumerateArray(), span => span.GetProperty("service").GetString() == "registry");
            },
            TimeSpan.FromSeconds(60),
            "AppHost keeps the spans its children send");
    }
}
