using System.Diagnostics;
using System.Net;
using Mesh.Contracts.Discovery;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>The whole way once: a command of the CLI, the log, Kafka, xDS, the gateway, a real request.</summary>
public sealed class FirstWayTests
{
    // Only that nothing waits for a timer: how long a change takes is measured by the benchmark (b), where nothing else runs.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task A_service_registered_with_the_cli_gets_traffic_and_none_after_deregistering_in_3_s_at_the_best_of_4_tries()
    {
        await using var mesh = await AspireMesh.StartAsync();
        await using var mine = await Upstream.StartAsync("mine");
        var before = await Sequence(mesh);
        var (code, said) = await Cli(mesh, "cdaprod-registry", "register", "my-service", $"--url={mine.Url}");
        Assert.True(code == 0, said);
        var came = await Comes(mesh, "my-service");
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
        var went = await Goes(mesh, "my-service");
        var gone = await Sequence(mesh);
        (code, said) = await Cli(mesh, "cdaprod-mesh", "discovery", "deregister", "--service-name=my-service");
        Assert.Contains("nothing changed", said, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((0, gone), (code, await Sequence(mesh)));

        // A machine that is busy with others stands still for seconds now and then, but not each time.
        for (var again = 0; again < 3 && (came > Bound || went > Bound); again++)
        {
            var name = $"again-{again}";
            await mesh.Register(new() { Name = name, Url = mine.Url });
            came = Shorter(came, await Comes(mesh, name));
            await mesh.Api.Discovery.DeregisterAsync(name, cancellationToken: TestContext.Current.CancellationToken);
            went = Shorter(went, await Goes(mesh, name));
        }

        Assert.True(came <= Bound && went <= Bound, $"a service reached the gateway after {came} and left it after {went}");
    }

    /// <summary>How long it takes, from now on, until the gateway gives the service real traffic.</summary>
    private static Task<TimeSpan> Comes(AspireMesh mesh, string service) => Took(async () =>
        Assert.Equal("mine /hello",
            await mesh.Http.GetStringAsync($"{mesh.Gateway}/{service}/hello", TestContext.Current.CancellationToken)),
            $"{service} reaches the gateway");

    private static Task<TimeSpan> Goes(AspireMesh mesh, string service) => Took(async () =>
    {
        using var answer = await mesh.Http.GetAsync($"{mesh.Gateway}/{service}/hello", TestContext.Current.CancellationToken);
        Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
    }, $"{service} leaves the gateway");

    private static async Task<TimeSpan> Took(Func<Task> change, string because)
    {
        var begun = Stopwatch.GetTimestamp();
        await Eventually.Succeeds(change, TimeSpan.FromSeconds(60), because);
        return Stopwatch.GetElapsedTime(begun);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static async Task<long> Sequence(AspireMesh mesh) =>
        (await mesh.Get($"{mesh.Registry}/api/discovery/services")).GetProperty("sequence").GetInt64();

    /// <summary>
    /// Waits until the Worker has given the new service its defaults: the one event that follows a registration by itself.
    /// </summary>
    private static Task DefaultsGivenAsync(AspireMesh mesh) => Eventually.True(async () =>
    {
        var events = await mesh.Get($"{mesh.Registry}/api/v1/events?stream=discovery/default/my-service&type={DefaultsApplied.EventType}");
        return events.GetProperty("items").GetArrayLength() > 0;
    }, TimeSpan.FromSeconds(60), "the Worker has given the service its defaults");

    private static async Task<(int Code, string Output)> Cli(AspireMesh mesh, string name, params string[] arguments)
    {
        await using var process = ChildProcess.StartProgram(RepositoryRoot.ExecutableOf("Mesh.Cli", name),
            new Dictionary<string, string?> { ["MESH_REGISTRY"] = mesh.Registry }, arguments);
        await process.WaitForExit();
        return (process.ExitCode, process.Output);
    }
}
