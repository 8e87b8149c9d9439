using System.Diagnostics;
using System.Net;
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
        await SettledAsync(mesh);
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
        await SettledAsync(mesh);
        var gone = await Sequence(mesh);
        (code, said) = await Cli(mesh, "cdaprod-mesh", "discovery", "deregister", "--service-name=my-service");
        Assert.Contains("nothing changed", said, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((0, gone), (code, await Sequence(mesh)));
    }

    /// <summary>The promise is one second; the machine of a test may be busy with others, so it gets some more.</summary>
    private static async Task<T> WithinASecond<T>(Func<Task<T>> attempt) => await Eventually.Succeeds(attempt, TimeSpan.FromSeconds(5), "the change reaches the gateway");

    private static async Task<long> Sequence(WholeMesh mesh) => (await mesh.Get($"{mesh.Registry}/api/discovery/services")).GetProperty("sequence").GetInt64();

    /// <summary>Waits until the reconcilers have said what they had to say about the change (defaults).</summary>
    private static async Task SettledAsync(WholeMesh mesh)
    {
        var (last, since) = (-1L, Stopwatch.StartNew());
        await Eventually.True(async () =>
        {
            var now = await Sequence(mesh);
            if (now != last) (last, since) = (now, Stopwatch.StartNew());
            return since.Elapsed > TimeSpan.FromSeconds(2);
        }, TimeSpan.FromSeconds(30), "the log rests");
    }

    private static async Task<(int Code, string Output)> Cli(WholeMesh mesh, string name, params string[] arguments)
    {
        await using var process = ChildProcess.StartProgram(RepositoryRoot.ExecutableOf("Mesh.Cli", name), new Dictionary<string, string?> { ["MESH_REGISTRY"] = mesh.Registry }, arguments);
        await process.WaitForExit();
        return (process.ExitCode, process.Output);
    }
}
