using Mesh.Tests.AppHost;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>
/// One command, one trace: from the command line's request to the gateway that has taken the change in, as the command line shows it.
/// </summary>
public sealed class OneTraceTests
{
    [Fact]
    public async Task The_trace_of_a_registration_runs_from_the_request_over_log_and_kafka_to_the_gateway()
    {
        await using var apphost = new RunningAppHost();
        await apphost.IsReady();
        await Run(apphost, "cdaprod-registry", "register", "traced", $"--url={apphost.Registry}");

        string[] stages = ["POST /api/discovery/register  [registry]", "log append  [registry]", "kafka publish  [registry]",
            "replica apply  [worker]", "replica apply  [controlplane]",
            "xds compile  [controlplane]", "xds push  [controlplane]", "xds apply  [gateway]"];
        await Eventually.Succeeds(
            async () =>
            {
                var drawn = await Run(apphost, "cdaprod-mesh", "trace", "last");
                Assert.All(stages, stage => Assert.Contains(stage, drawn));
            },
            TimeSpan.FromSeconds(60),
            "the dashboard has the whole trace");
    }

    // The context file of this AppHost is where the command line looks for it.
    private static async Task<string> Run(RunningAppHost apphost, string program, params string[] arguments)
    {
        await using var cli = ChildProcess.StartProgram(RepositoryRoot.ExecutableOf("Mesh.Cli", program), apphost.Environment, arguments);
        await cli.WaitForExit();
        Assert.True(cli.ExitCode == 0, cli.Output);
        return cli.Output;
    }
}
