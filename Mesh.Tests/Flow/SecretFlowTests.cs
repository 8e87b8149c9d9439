using Grpc.Net.Client;
using Mesh.DataPlane.Configuration;
using Mesh.Kernel.Xds;
using Mesh.Tests.ControlPlane;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Flow;

/// <summary>
/// The fifth type from end to end: a module gives a gateway a certificate, the gateway holds it, and it is seen nowhere else.
/// </summary>
public sealed class SecretFlowTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly SecretsForTests _secrets = new();
    private readonly LogLines _logs = new();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gateway_holds_its_certificate_and_takes_its_successor()
    {
        var (first, second) = (new TestSecret("own"), new TestSecret("own"));
        await using var host = await Start();
        host.Replica.Register("echo", "127.0.0.1", 9001);
        _secrets.Give("gateway-1", first);
        await using var gateway = await RunningGateway.Start(host.Address, null, "--Mesh:NodeId=gateway-1", "--Mesh:Secrets=own");
        await gateway.Has(first.Resource);
        var config = gateway.Services.GetRequiredService<ConfigState>();
        Assert.Equal((first.Chain, first.Key), (config.Secret("own")!.CertificateChain, config.Secret("own")!.PrivateKey));
        await gateway.Knows("echo", 1);

        _secrets.Give("gateway-1", second);
        await gateway.Has(second.Resource);
        Assert.Equal(second.Key, config.Secret("own")!.PrivateKey);
        await host.Synced();
    }

    [Fact]
    public async Task A_certificate_whose_key_is_anothers_is_refused_and_the_last_good_one_stays()
    {
        var good = new TestSecret("own");
        await using var host = await Start();
        _secrets.Give("gateway-1", good);
        await using var gateway = await RunningGateway.Start(host.Address, null, "--Mesh:NodeId=gateway-1", "--Mesh:Secrets=own");
        await gateway.Has(good.Resource);

        _secrets.Give("gateway-1", new TestSecret("own") { Key = good.Key });

        await Eventually.True(
            async () => (await host.Proxies()).Single().Types.Any(t => t is { Type: "Secret", State: "NACKED" }), Patience,
            "it is refused");
        Assert.Equal(good.Chain, gateway.Services.GetRequiredService<ConfigState>().Secret("own")!.CertificateChain);
        AssertUnseen(good, string.Join("\n", _logs.All));
    }

    [Fact]
    public async Task A_secret_is_in_no_file_no_log_and_no_dump()
    {
        var secret = new TestSecret("own");
        using var folder = new TempFolder();
        await using var host = await Start();
        host.Replica.Register("echo", "127.0.0.1", 9001);
        _secrets.Give("gateway-1", secret);
        await using (var gateway = await RunningGateway.Start(host.Address, folder.Path, "--Mesh:NodeId=gateway-1", "--Mesh:Secrets=own"))
        {
            await gateway.Has(secret.Resource);
            await gateway.Knows("echo", 1);
            await host.Synced();
            AssertUnseen(secret, (await gateway.Config()).ToJsonString());

            var shown = await host.Http.GetStringAsync("/api/v1/proxies/gateway-1/config", Ending);
            AssertUnseen(secret, shown);
            Assert.Contains(SecretBuilder.Redacted, shown, StringComparison.Ordinal);
            using var channel = GrpcChannel.ForAddress(host.Address);
            var csds = new ClientStatusDiscoveryService.ClientStatusDiscoveryServiceClient(channel);
            var status = await csds.FetchClientStatusAsync(new ClientStatusRequest(), cancellationToken: Ending);
            var dumped = Assert.Single(status.Config.Single().GenericXdsConfigs, c => c.TypeUrl == XdsTypes.Secret.Url);
            Assert.Equal(SecretBuilder.Certificate("own", secret.Chain, SecretBuilder.Redacted), dumped.XdsConfig.Unpack<Secret>());
            await gateway.Stop();
        }

        var files = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories);
        Assert.Contains(files, file => file.EndsWith(".xds", StringComparison.Ordinal));
        foreach (var file in files) AssertUnseen(secret, await File.ReadAllTextAsync(file, Ending));
        AssertUnseen(secret, string.Join("\n", _logs.All));
    }

    [Fact]
    public async Task What_a_client_says_of_a_secret_that_it_refuses_is_withheld()
    {
        var secret = new TestSecret("own");
        await using var host = await Start();
        _secrets.Give("c", secret);
        using var client = new DeltaClient(host, "c");
        await client.Subscribe(XdsTypes.Secret, "own");
        await client.Nack(await client.Next(), $"I do not like {secret.Key}");

        await Eventually.True(
            async () => (await host.Proxies()).Single().Types.Any(t => t.State == "NACKED"), Patience, "the refusal is recorded");
        Assert.Contains("withheld", (await host.Proxies()).Single().Types.Single().Nack, StringComparison.Ordinal);
        AssertUnseen(secret, string.Join("\n", _logs.All));
    }

    private static void AssertUnseen(TestSecret secret, string text) =>
        Assert.False(text.Contains(secret.Traitor, StringComparison.Ordinal), "The private key is in it.");

    private Task<ControlPlaneHarness> Start() => ControlPlaneHarness.Start(more: builder =>
    {
        builder.Services.AddSingleton<IXdsNodeContributor>(_secrets);
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_logs);
    });
}
