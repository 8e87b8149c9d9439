using Aspire.Hosting;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>Services of which an orchestrator runs several replicas: Aspire's own.</summary>
public sealed class ReplicaTests
{
    private const string Service = "hello";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Replicas_that_an_orchestrator_gives_one_name_are_an_instance_each_and_all_get_requests()
    {
        await using var mesh = await AspireMesh.StartAsync(builder =>
        {
            builder.Host("gateway").WithEnvironment("Mesh__Gateway__DebugHeaders", "true");
            // An address for each behind the resource's own, one name for both, and an id that only one has.
            var registry = builder.Host("registry");
            builder.AddProject<Projects.Hello>(Service).WithHttpEndpoint().WithReplicas(2).WithReference(registry).WaitFor(registry)
                // There is no dashboard to wait for at the end.
                .WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "1000");
        });
        var replicas = await Replicas(mesh, 2);
        string[] expected = [.. replicas.Values.Select(url => $"127.0.0.1:{new Uri(url).Port}").Order(StringComparer.Ordinal)];

        var seen = new SortedSet<string>(StringComparer.Ordinal);
        await Eventually.True(
            async () =>
            {
                using var answer = await mesh.Http.GetAsync($"{mesh.Gateway}/{Service}/", TestContext.Current.CancellationToken);
                if (answer.IsSuccessStatusCode) seen.Add(answer.Headers.GetValues("x-mesh-endpoint").Single());
                return seen.Count >= expected.Length;
            },
            Patience, "both have answered");
        Assert.Equal(expected, seen);

        var service = await mesh.Get($"{mesh.Registry}/api/discovery/services/{Service}");
        Assert.Equal(replicas.Keys,
            service.GetProperty("instances").EnumerateArray().Select(instance => instance.GetProperty("id").GetString()!)
                .Order(StringComparer.Ordinal));
    }

    /// <summary>Ids of the replicas, and where each is to listen.</summary>
    private static async Task<SortedDictionary<string, string>> Replicas(AspireMesh mesh, int count)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var change in mesh.Notifications.WatchAsync(limit.Token))
        {
            if (change.Resource.Name == Service
                && change.Snapshot.EnvironmentVariables.FirstOrDefault(variable => variable.Name == "ASPNETCORE_URLS")?.Value is { } url)
                found[change.ResourceId] = url;
            if (found.Count == count) break;
        }

        return found;
    }
}
