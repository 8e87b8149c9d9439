using System.Net.Http.Json;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>
/// A Registry, a control plane and a gateway with an ingress before each, as deployed: what crosses it is HTTP/2, and is cut again and
/// again.
/// </summary>
public sealed class IngressFlowTests
{
    private const string Name = ".internal.happy-hill-1a2b3c.westeurope.azurecontainerapps.io";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_every_stream_is_cut_again_and_again_no_request_fails_and_every_change_arrives()
    {
        using var folder = new TempFolder();
        await using var registry = await RegistryProcess.Start(folder.Path, null, ("Mesh__AllowedHosts", "*.azurecontainerapps.io"));
        await using var toRegistry = await CuttingIngress.Start(new Uri(registry.Url));
        var address = $"http://127.0.0.1:{FreePort.Next()}";
        await using var controlPlane = ChildProcess.Start("Mesh.ControlPlane", new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = address, ["services__registry__http__0"] = $"{toRegistry.Address}", ["MESH_DATA_DIR"] = folder.Path,
            ["Mesh__AllowedHosts"] = "*.azurecontainerapps.io",
            ["ConnectionStrings__redis"] = null, ["ConnectionStrings__kafka"] = null, ["OTEL_EXPORTER_OTLP_ENDPOINT"] = null,
        });
        await controlPlane.Ready($"{address}/health/ready");
        await using var toControlPlane = await CuttingIngress.Start(new Uri(address));
        await using var gateway = await RunningGateway.Start(toControlPlane.Address);
        await using var upstream = await TestUpstream.Named("ok");
        // REST by the same ingress, under the name that the platform gives.
        using var rest = new HttpClient
        {
            BaseAddress = toRegistry.Address,
            DefaultRequestVersion = new Version(2, 0),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        await Register(rest, "echo", upstream.Port);
        await Register(rest, "moving", 9_000);
        await gateway.Knows("echo", 1);
        await gateway.Knows("moving", 1);

        await using var load = new SteadyLoad(gateway, "/echo/", 2);
        var instances = 1;
        foreach (var how in (Cut[])[Cut.Stream, Cut.Connection, Cut.Status, Cut.GoAway, Cut.Stream, Cut.Connection])
        {
            // One is in progress when the streams end, one comes while there are none. A registration that is cut itself is another matter.
            await Register(rest, "moving", 9_000 + instances++);
            toRegistry.End(how);
            toControlPlane.End(how);
            await Register(null, "moving", 9_000 + instances++);
            var (answered, now) = (load.Answered, instances);
            await gateway.Knows("moving", now);
            await Eventually.True(() => load.Answered > answered + 10 || load.HasFaults, Patience, "requests go on");
        }

        Assert.Empty(await load.Stop());
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync($"{address}/metrics", Ending);
        Assert.Contains("cdaprod_mesh_replica_sequence", metrics);
        Assert.DoesNotMatch("(?m)^cdaprod_mesh_replica_discards[^ ]* [1-9]", metrics);
        Assert.DoesNotMatch("(?m)^cdaprod_mesh_xds_nacks[^ ]* [1-9]", metrics);
        Assert.Equal(1, toRegistry.Paths.Count(path => path.EndsWith("/GetSnapshot", StringComparison.Ordinal)));

        async Task Register(HttpClient? throughIngress, string service, int port)
        {
            using var direct = new HttpClient { BaseAddress = new Uri(registry.Url) };
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/discovery/register")
            {
                Content = JsonContent.Create(new { name = service, url = $"http://127.0.0.1:{port}" }),
            };
            if (throughIngress is not null)
                (request.Version, request.VersionPolicy,
                    request.Headers.Host) = (new Version(2, 0), HttpVersionPolicy.RequestVersionExact, $"registry{Name}");
            using var answer = await (throughIngress ?? direct).SendAsync(request, Ending);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ending));
        }
    }
}
