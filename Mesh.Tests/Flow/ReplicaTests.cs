using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>Services of which an orchestrator runs several replicas.</summary>
public sealed class ReplicaTests
{
    [Fact]
    public async Task Replicas_that_an_orchestrator_gives_one_name_are_an_instance_each_and_all_get_requests()
    {
        await using var mesh = await WholeMesh.StartAsync(("Mesh__Gateway__DebugHeaders", "true"));
        int[] ports = [FreePort.Next(), FreePort.Next()];
        await using var one = Replica(mesh, ports[0], "mxkqwzpd");
        await using var two = Replica(mesh, ports[1], "tdvbnrcf");
        string[] expected = [.. ports.Select(port => $"127.0.0.1:{port}").Order(StringComparer.Ordinal)];

        var seen = new SortedSet<string>(StringComparer.Ordinal);
        await Eventually.True(
            async () =>
            {
                using var answer = await mesh.Http.GetAsync($"{mesh.Gateway}/hello/", TestContext.Current.CancellationToken);
                if (answer.IsSuccessStatusCode) seen.Add(answer.Headers.GetValues("x-mesh-endpoint").Single());
                return seen.Count >= expected.Length;
            },
            TimeSpan.FromSeconds(60), "both have answered");
        Assert.Equal(expected, seen);

        var service = await mesh.Get($"{mesh.Registry}/api/discovery/services/hello");
        Assert.Equal(["hello-mxkqwzpd", "hello-tdvbnrcf"], service.GetProperty("instances").EnumerateArray().Select(instance => instance.GetProperty("id").GetString()!).Order(StringComparer.Ordinal));
    }

    // As Aspire starts a replica: an address of its own behind the resource's, the resource's name, and an id that only this one has.
    private static ChildProcess Replica(WholeMesh mesh, int port, string id) => ChildProcess.Start("samples/Hello", new Dictionary<string, string?>
    {
        ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
        ["OTEL_SERVICE_NAME"] = "hello",
        ["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={id}",
        ["services__registry__http__0"] = mesh.Registry,
    });
}
