using System.Net;
using Mesh.Contracts.Discovery;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>The whole way once: a command of the CLI, the log, Kafka, xDS, the gateway, a real request.</summary>
public sealed class FirstWayTests
{
    [Fact]
    public async Task A_service_registered_with_the_cli_gets_real_traffic_within_a_second_and_none_after_deregistering()
    {
        await using var mesh = await WholeMesh.StartAsync();
        await using var mine = await Upstream.StartAsync("mine");
        var before = await Sequence(mesh);
        var (code, said) = await Cli(mesh, "cdaprod-registry", "register", "my-service", $"--url={mine.Url}");
        Assert.True(code == 0, said);
        Assert.Equal("mine /hello", await WithinASecond(() => mesh.Http.GetStringAsync($"{mesh.Gateway}/my-service/hello", TestContext.Current.CancellationToken)));
        await DefaultsGivenAsync(mesh);
        var registered = await Sequence(mesh);
        Assert.True(registered > before);

        (code, said) = await Cli(mesh, "cdaprod-registry", "register", "my-service", $"--url={mine.Url}");
        Assert.Equal(0, code);
        Assert.Contains("nothing changed", said, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(registered, await Sequence(mesh));

        (code, said) = await Cli(mesh, "cdaprod-mesh", "discovery", "list", "-o", "json");
        Assert.Equal(0, code);
        Assert.Contains("my-service", said, StringComparison.Ordinal);

        (code, said) = await Cli(mesh, "cdaprod-mesh", "discovery", "deregister", "--service-name=my-service");
        Assert.True(code == 0, said);
        await WithinASecond(async () =>
        {
            using var answer = await mesh.Http.GetAsync($"{mesh.Gateway}/my-service/hello", TestContext.Current.CancellationToken);
            Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
            return true;
        });
        var gone = await Sequence(mesh);
        (code, said) = await Cli(mesh, "cdaprod-mesh", "discovery", "deregister", "--service-name=my-service");
        Assert.Contains("nothing changed", said, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((0, gone), (code, await Sequence(mesh)));
    }

    /// <summary>The promise is one second; the machine of a test may be busy with others, so it gets some more.</summary>
    private static async Task<T> WithinASecond<T>(Func<Task<T>> attempt) => await Eventually.Succeeds(attempt, TimeSpan.FromSeconds(5), "the change reaches the gateway");

    private static async Task<long> Sequence(WholeMesh mesh) => (await mesh.Get($"{mesh.Registry}/api/discovery/services")).GetProperty("sequence").GetInt64();

    /// <summary>Waits until the Worker has given the new service its defaults: the one event that follows a registration by itself.</summary>
    private static Task DefaultsGivenAsync(WholeMesh mesh) => Eventually.True(async () =>
    {
        var events = await mesh.Get($"{mesh.Registry}/api/v1/events?stream=discovery/default/my-service&type={DefaultsApplied.EventType}");
        return events.GetProperty("items").GetArrayLength() > 0;
    }, TimeSpan.FromSeconds(60), "the Worker has given the service its defaults");

    private static async Task<(int Code, string Output)> Cli(WholeMesh mesh, string name, params string[] arguments)
    {
        await using var process = ChildProcess.StartProgram(RepositoryRoot.ExecutableOf("Mesh.Cli", name), new Dictionary<string, string?> { ["MESH_REGISTRY"] = mesh.Registry }, arguments);
        await process.WaitForExit();
        return (process.ExitCode, process.Output);
    }
}
