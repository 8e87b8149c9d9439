using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Messaging.Connections;
using Mesh.Tests.Cli;
using Mesh.Tests.Support;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary><c>proxy config</c> and <c>proxy status</c>: what a client has, and what it refused.</summary>
public class ProxyConfigTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clients_configuration_is_told_with_contents_versions_and_refusals()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("shop", "10.0.0.1");
        await host.Compiled();
        using var client = new DeltaClient(host, "web-1", "shop");
        foreach (var type in XdsTypes.OfServices)
        {
            await client.Subscribe(type, "*");
            var response = await client.Next();
            if (type == XdsTypes.RouteConfiguration) await client.Nack(response, "route 'default' of shop is not to my taste");
            else await client.Ack(response);
        }

        await Eventually.True(async () => (await host.Proxies()).Single().Types.Any(t => t.State == "NACKED"), Patience,
            "the refusal is recorded");
        var config = await host.Http.GetFromJsonAsync<JsonElement>("/api/v1/proxies/web-1/config", Token);
        Assert.Equal("cp-test", config.GetProperty("controlPlane").GetString());
        var stream = Assert.Single(config.GetProperty("streams").EnumerateArray());
        var resources = stream.GetProperty("resources");
        Assert.Equal(["Cluster", "ClusterLoadAssignment", "Listener", "RouteConfiguration"],
            resources.EnumerateObject().Select(t => t.Name));
        Assert.Equal("10.0.0.1",
            resources.GetProperty("ClusterLoadAssignment").GetProperty("shop").GetProperty("content").GetProperty("endpoints")[0]
            .GetProperty("lbEndpoints")[0].GetProperty("endpoint").GetProperty("address").GetProperty("socketAddress")
            .GetProperty("address").GetString());
        Assert.Contains(stream.GetProperty("types").EnumerateArray(),
            t => t.TryGetProperty("nack", out var nack) && nack.GetString() == "route 'default' of shop is not to my taste");

        using var cli = new CliProgram();
        var status = await cli.Mesh("proxy", "status", $"--control-plane={host.Address}");
        Assert.Equal(0, status.ExitCode);
        Assert.Contains("NACKED", status.Output, StringComparison.Ordinal);
        Assert.Contains("route 'default' of shop is not to my taste", status.Output, StringComparison.Ordinal);
        var shown = await cli.Mesh("proxy", "config", "web-1", $"--control-plane={host.Address}");
        Assert.Equal(0, shown.ExitCode);
        Assert.Equal("web-1", JsonDocument.Parse(shown.Output).RootElement.GetProperty("node").GetString());
    }

    [Fact]
    public async Task A_client_that_nobody_knows_is_404_and_says_where_to_look()
    {
        await using var host = await ControlPlaneHarness.Start();
        using var answer = await host.Http.GetAsync("/api/v1/proxies/nobody/config", Token);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("proxy status", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_of_another_control_plane_is_told_by_the_name_of_that_one()
    {
        await using var redis = new RedisProgram();
        await redis.Start();
        await using var one = await Start("cp-one", redis);
        await using var two = await Start("cp-two", redis);
        using var client = new DeltaClient(one, "web-1", "shop");
        await client.Subscribe(XdsTypes.Cluster, "*");
        await client.Next();

        await Eventually.True(async () => (await two.Proxies()).Any(p => p.Node == "web-1"), Patience,
            "the other control plane knows of the client");
        using var answer = await two.Http.GetAsync("/api/v1/proxies/web-1/config", Token);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
        var said = await answer.Content.ReadAsStringAsync(Token);
        Assert.Contains("'cp-one'", said, StringComparison.Ordinal);
        Assert.Contains("--control-plane", said, StringComparison.Ordinal);
    }

    private static Task<ControlPlaneHarness> Start(string name, RedisProgram redis) => ControlPlaneHarness.Start(
        settings: new Dictionary<string, string?>
        {
            ["Mesh:ControlPlane:Name"] = name,
            ["ConnectionStrings:redis"] = redis.ConnectionString,
        }, more: builder => builder.AddMeshRedis());
}
