using System.Diagnostics;
using Mesh.Tests.Support;

namespace Mesh.Tests.Cli;

public sealed class NameAndHelpTests : IDisposable
{
    private readonly CliProgram _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task The_name_it_was_started_by_decides_its_commands()
    {
        await using var running = await StubMesh.Start("""{"sequence":1,"items":[{"name":"echo","namespace":"default","instances":[]}]}""");
        _cli.Environment["MESH_REGISTRY"] = running.Url;
        var registry = await _cli.Registry("--help");
        var mesh = await _cli.Mesh("--help");
        Assert.Empty(running.Requests);
        Assert.Contains("cdaprod-registry [command]", registry.Output);
        Assert.Contains("  register <name>", registry.Output);
        Assert.Contains("cdaprod-mesh [command]", mesh.Output);
        Assert.Contains("  discovery", mesh.Output);
        Assert.DoesNotContain("  register", mesh.Output);

        var discovery = await _cli.Run(CliProgram.DiscoveryName, ["--help"]);
        Assert.Contains("cdaprod-mesh-discovery [command]", discovery.Output);
        await using var stub = await StubMesh.Start("""{"sequence":1,"items":[]}""");
        Assert.Equal(new CliResult(0, "no services\n", ""), await _cli.Run(CliProgram.DiscoveryName, ["list", "--registry", stub.Url]));
    }

    [Fact]
    public async Task Help_shows_examples_under_the_name_in_use()
    {
        Assert.Contains("Examples:\n  cdaprod-registry register echo --url=http://127.0.0.1:9001\n",
            (await _cli.Registry("register", "--help")).Output);
        Assert.Contains("Examples:\n  cdaprod-mesh discovery register --service-name=echo --url=",
            (await _cli.Mesh("discovery", "register", "-h")).Output);
        Assert.Contains("Examples:\n  cdaprod-registry mesh discovery register --service-name=echo --url=",
            (await _cli.Registry("mesh", "discovery", "register", "-h")).Output);
        Assert.Contains("Examples:\n  cdaprod-mesh-discovery list\n", (await _cli.Run(CliProgram.DiscoveryName, ["list", "-h"])).Output);
    }

    [Fact]
    public async Task Help_names_what_is_to_be_said_and_asks_no_mesh_for_it()
    {
        await using var mesh = await StubMesh.Start("""{"sequence":1,"items":[{"name":"echo","namespace":"default","instances":[]}]}""");
        _cli.Environment["MESH_REGISTRY"] = mesh.Url;
        _cli.WriteContexts("""{"contexts":{"far":{} } }""");
        Assert.Contains("  deregister <name>", (await _cli.Registry("--help")).Output);
        Assert.Contains("<name>", (await _cli.Mesh("traffic", "canary", "start", "--help")).Output);
        Assert.Contains("use <name>", (await _cli.Mesh("context", "--help")).Output);
        Assert.Contains("--context <name>", (await _cli.Mesh("context", "use", "--help")).Output);
        Assert.Empty(mesh.Requests);
    }

    [Fact]
    public async Task The_registry_command_knows_the_mesh_s_commands_too()
    {
        await using var stub = await StubMesh.Start("""{"items":[]}""");
        var result = await _cli.Registry("mesh", "proxy", "status", "--control-plane", stub.Url);
        Assert.Equal(new CliResult(0, "no xDS client is connected\n", ""), result);
    }

    [Fact]
    public async Task Completion_knows_commands_flags_and_the_names_of_services()
    {
        await using var mesh = await StubMesh.Start("""{"sequence":1,"items":[{"name":"echo","namespace":"default","instances":[]}]}""");
        _cli.Environment["MESH_REGISTRY"] = mesh.Url;
        Assert.Contains("discovery\n", (await _cli.Mesh("[suggest:17]", "cdaprod-mesh disc")).Output);
        Assert.Contains("--replace\n", (await _cli.Registry("[suggest:33]", "cdaprod-registry register echo --r")).Output);
        await Suggested("echo\n", "cdaprod-registry deregister ");
    }

    [Fact]
    public async Task A_name_that_a_shell_would_expand_is_not_suggested()
    {
        await using var mesh = await StubMesh.Start(
            """{"sequence":1,"items":[{"name":"$(reboot)","namespace":"default","instances":[]},"""
                + """{"name":"`id`","namespace":"default","instances":[]},{"name":"echo-2.x","namespace":"default","instances":[]}]}""");
        _cli.Environment["MESH_REGISTRY"] = mesh.Url;
        _cli.WriteContexts("""{"contexts":{"local-1000":{},"$(reboot)":{} } }""");
        var names = await Suggested("echo-2.x\n", "cdaprod-registry deregister ");
        var contexts = await _cli.Mesh("[suggest:25]", "cdaprod-mesh context use ");
        Assert.Contains("local-1000\n", contexts.Output);
        Assert.DoesNotContain(names + contexts.Output, letter => letter is '$' or '`');
        Assert.Equal("/api/discovery/services?namespace=default", mesh.Requests[0].Url);
    }

    [Fact]
    public async Task The_completion_script_for_bash_completes()
    {
        var bash = Requires.Program("bash", "apt-get install bash");
        var folder = Path.GetDirectoryName(RepositoryRoot.ExecutableOf("Mesh.Cli", CliProgram.MeshName));
        var start = new ProcessStartInfo(bash, ["--norc", "-c",
            "source <(cdaprod-mesh completion bash); COMP_LINE='cdaprod-mesh ev'; COMP_POINT=15; COMP_WORDS=(cdaprod-mesh ev); "
                + "COMP_CWORD=1; _cdaprod_mesh; echo \"${COMPREPLY[@]}\""])
        { RedirectStandardOutput = true };
        start.Environment["PATH"] = folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        using var process = Process.Start(start)!;
        Assert.Equal("events\n", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>
    /// What is suggested when the registry's names are among it: a shell waits for them less than a second, and a slow machine takes longer
    /// now and then.
    /// </summary>
    private Task<string> Suggested(string name, string line) => Eventually.Succeeds(
        async () =>
        {
            var suggested = (await _cli.Registry($"[suggest:{line.Length}]", line)).Output;
            Assert.Contains(name, suggested);
            return suggested;
        },
        TimeSpan.FromSeconds(60), $"'{line}' is completed");
}
