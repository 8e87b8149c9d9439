using System.Text;
using Grpc.Core;
using Mesh.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.ControlPlane;

public class FacadeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_is_passed_on_with_its_metadata_and_its_answer_comes_back()
    {
        await using var registry = await StandInRegistry.Start();
        await using var host = await Start(registry.Address);
        var reply = await new V1.Discovery.DiscoveryClient(host.Channel).RegisterAsync(
            new V1.RegisterRequest { Name = "echo", Url = "http://127.0.0.1:9001" },
            new Metadata { { "idempotency-key", "k-1" }, { "if-match", "\"7\"" } }, cancellationToken: Token);

        Assert.Equal(42, reply.Sequence);
        Assert.Equal("echo", registry.Service.Request!.Name);
        Assert.Equal(("k-1", "\"7\""),
            (registry.Service.Headers!.GetValue("idempotency-key"), registry.Service.Headers!.GetValue("if-match")));
    }

    [Fact]
    public async Task A_refusal_comes_back_with_its_status_and_problem_details()
    {
        await using var registry = await StandInRegistry.Start();
        await using var host = await Start(registry.Address);
        registry.Service.Refusal = new RpcException(
            new Status(StatusCode.InvalidArgument, "two faults"),
            new Metadata { { "problem-bin", Encoding.UTF8.GetBytes("{\"title\":\"two faults\"}") } });

        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await new V1.Discovery.DiscoveryClient(host.Channel).RegisterAsync(new V1.RegisterRequest(),
                cancellationToken: Token));
        Assert.Equal((StatusCode.InvalidArgument, "two faults"), (refused.StatusCode, refused.Status.Detail));
        Assert.Equal("{\"title\":\"two faults\"}", Encoding.UTF8.GetString(refused.Trailers.GetValueBytes("problem-bin")!));
    }

    [Fact]
    public async Task A_registry_that_is_away_is_passed_over_for_the_next()
    {
        await using var registry = await StandInRegistry.Start();
        await using var host = await Start(new Uri($"http://127.0.0.1:{Support.FreePort.Next()}"), registry.Address);

        Assert.Equal(42,
            (await new V1.Discovery.DiscoveryClient(host.Channel).RegisterAsync(new V1.RegisterRequest(),
                cancellationToken: Token)).Sequence);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("k-1", true)]
    public async Task A_write_that_may_have_been_done_goes_to_another_registry_only_if_it_can_be_repeated(string? key, bool repeated)
    {
        await using var first = await StandInRegistry.Start();
        await using var second = await StandInRegistry.Start();
        await using var between = new Support.FaultyTcp(first.Address.Port);
        between.LoseAnswers();
        await using var host = await Start(new Uri($"http://127.0.0.1:{between.Port}"), second.Address);
        var headers = new Metadata();
        if (key is not null) headers.Add("idempotency-key", key);
        var write = new V1.Discovery.DiscoveryClient(host.Channel).RegisterAsync(new V1.RegisterRequest { Name = "echo" }, headers,
            cancellationToken: Token).ResponseAsync;
        await Support.Eventually.True(() => first.Service.Request is not null && between.Lost > 0, TimeSpan.FromSeconds(60),
            "the first registry has acted");
        between.CutClients();

        if (repeated)
        {
            Assert.Equal(42, (await write).Sequence);
            return;
        }

        var refused = await Assert.ThrowsAsync<RpcException>(() => write);
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Contains("cannot be known", refused.Status.Detail);
        Assert.Null(second.Service.Request);
    }

    [Fact]
    public async Task Without_any_registry_a_write_is_unavailable_and_reads_and_watches_go_on()
    {
        await using var host = await Start(new Uri($"http://127.0.0.1:{Support.FreePort.Next()}"));
        var client = new V1.Discovery.DiscoveryClient(host.Channel);
        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await client.RegisterAsync(new V1.RegisterRequest(), cancellationToken: Token));
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Contains("cannot be reached", refused.Status.Detail);

        host.Replica.Register("echo", "10.0.0.1");
        Assert.Equal("echo", (await client.ListServicesAsync(new V1.ListServicesRequest(), cancellationToken: Token)).Items.Single().Name);
        using var watch = client.Watch(new V1.ListServicesRequest(), cancellationToken: Token);
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        host.Replica.Register("echo", "10.0.0.2");
        while (watch.ResponseStream.Current.Items.Single().Instances.Count < 2) Assert.True(await watch.ResponseStream.MoveNext(Token));
    }

    private static Task<ControlPlaneHarness> Start(params Uri[] registries) => ControlPlaneHarness.Start(
        settings: registries.Select((uri, i) => ($"services:registry:http:{i}", (string?)uri.ToString()))
            .ToDictionary(s => s.Item1, s => s.Item2));

    private sealed class StandInRegistry : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private StandInRegistry(WebApplication app, StandInDiscovery service) =>
            (_app, Service, Address) = (app, service, new Uri(app.Urls.First()));

        public StandInDiscovery Service { get; }

        public Uri Address { get; }

        public static async Task<StandInRegistry> Start()
        {
            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Testing" });
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0" });
            builder.AddMeshDefaults("registry", 0);
            builder.Logging.ClearProviders();
            builder.Services.AddGrpc();
            var service = new StandInDiscovery();
            builder.Services.AddSingleton(service);
            var app = builder.Build();
            app.MapGrpcService<StandInDiscovery>();
            await app.StartAsync(Token);
            return new StandInRegistry(app, service);
        }

        public async ValueTask DisposeAsync()
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }
    }

    private sealed class StandInDiscovery : V1.Discovery.DiscoveryBase
    {
        public RpcException? Refusal { get; set; }

        public V1.RegisterRequest? Request { get; private set; }

        public Metadata? Headers { get; private set; }

        public override Task<V1.WriteReply> Register(V1.RegisterRequest request, ServerCallContext context)
        {
            (Request, Headers) = (request, context.RequestHeaders);
            return Refusal is null ? Task.FromResult(new V1.WriteReply { Changed = true, Sequence = 42 }) : throw Refusal;
        }
    }
}
