using System.Text.Json;
using Mesh.Tests.Flow;
using Mesh.Tests.Support;

namespace Mesh.Tests.Interop;

/// <summary>gRPC's own clients call a service at once after its registration was answered.</summary>
public class JustRegisteredTests
{
    private const int Services = 250;

    [Fact]
    public Task Grpc_core_calls_services_at_once_after_their_registration_and_no_call_fails() =>
        CallEach("core", mesh => CoreClient.Start(new Uri(mesh.ControlPlane), "just-core"));

    [Fact]
    public Task Grpc_for_node_calls_services_at_once_after_their_registration_and_no_call_fails() => CallEach("node", mesh =>
    {
        var program = Requires.Program("node", "apt-get install nodejs npm");
        if (!Directory.Exists(Path.Combine(ClientProcess.Folder, "node_modules", "@grpc", "grpc-js-xds")))
            Requires.Missing("@grpc/grpc-js-xds is not installed: npm ci --prefix Mesh.Tests/Interop");
        var bootstrap = JsonSerializer.Serialize(new
        {
            xds_servers = new[] {
                new { server_uri = new Uri(mesh.ControlPlane).Authority, channel_creds = new[] { new { type = "insecure" } },
                    server_features = new[] { "xds_v3" } } },
            node = new { id = "just-node", cluster = "interop", locality = new { } },
        });
        return ClientProcess.Start(program, "conformance-client.mjs",
            new Dictionary<string, string> { ["GRPC_XDS_BOOTSTRAP_CONFIG"] = bootstrap });
    });

    private static async Task CallEach(string name, Func<AspireMesh, ClientProcess> start)
    {
        await using var mesh = await AspireMesh.StartAsync();
        await using var server = await NamedGrpcServer.Start(name);
        await using var client = start(mesh);
        Assert.DoesNotContain("grpc", await InUse(mesh));
        var failed = new List<string>();
        var longest = TimeSpan.Zero;
        for (var i = 0; i < Services; i++)
        {
            var service = $"{name}-{i}";
            await mesh.Register(new() { Name = service, Address = "127.0.0.1", Port = server.Port, Protocol = "grpc" });
            var call = Assert.Single(await client.Call(new(service) { Path = "/grpc.health.v1.Health/Check" }, 1, 1));
            longest = call.Took > longest ? call.Took : longest;
            if (call.Status != 0) failed.Add($"{service}: {call}");
            // Without a channel there is no stream: the next call opens one.
            if (i % 10 == 9) for (var old = i - 9; old <= i; old++) await client.Forget($"{name}-{old}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"the longest call took {longest.TotalMilliseconds:0.0} ms");
        Assert.Empty(failed);
        // It was the first client of its kind, and the control plane compiles for those alone that came.
        Assert.Equal(["grpc", "mesh"], await InUse(mesh));
    }

    private static async Task<IEnumerable<string>> InUse(AspireMesh mesh) =>
        JsonElement.Parse(await mesh.Http.GetStringAsync($"{mesh.ControlPlane}/api/v1/xds", TestContext.Current.CancellationToken))
            .GetProperty("flavours").EnumerateArray()
            .Where(flavour => flavour.GetProperty("inUse").GetBoolean()).Select(flavour => flavour.GetProperty("flavour").GetString()!);
}
