using Mesh.Cli.Running;
using Mesh.Tests.Support;

namespace Mesh.Tests.Cli;

public sealed class ExitCodeTests : IDisposable
{
    private readonly CliProgram _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task A_refused_request_ends_with_1_and_names_every_fault_with_its_field()
    {
        await using var mesh = await StubMesh.Start(
            """
            {"type":"about:blank","title":"The request is invalid","status":400,"detail":"name: … port: …",
             "errors":[{"field":"name","code":"not-a-dns-label","message":"'Echo!' is not a valid DNS label."},{"field":"port","code":"out-of-range","message":"70000 is not a valid port."}]}
            """,
            400);
        var result = await _cli.Registry("register", "Echo!", "--address=127.0.0.1", "--port=70000", "--registry", mesh.Url);

        Assert.Equal(
            new CliResult(1, "",
                "refused: The request is invalid (400)\n  name: 'Echo!' is not a valid DNS label.\n  port: 70000 is not a valid port.\n"),
                result);
        Assert.Single(mesh.Requests);
    }

    [Fact]
    public async Task Nobody_at_the_address_ends_with_3_and_says_how_to_name_another()
    {
        var result = await _cli.Mesh("discovery", "list", $"--registry=http://127.0.0.1:{FreePort.Next()}");

        Assert.Equal(3, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.Contains("cannot reach the mesh at http://127.0.0.1:", result.Error);
        Assert.Contains("--registry", result.Error);
    }

    [Theory]
    [InlineData("--port takes a whole number, not 'x'.", "register", "echo", "--port", "x")]
    [InlineData("--metadata takes key=value, not 'team'.", "register", "echo", "--metadata", "team")]
    [InlineData("--ttl takes whole seconds such as 30s, or 5m, or 1h, not '5x'.", "register", "echo", "--ttl=5x")]
    [InlineData("not '500ms'.", "register", "echo", "--ttl=500ms")]
    [InlineData("not '1mh'.", "register", "echo", "--ttl=1mh")]
    [InlineData("not 's'.", "register", "echo", "--ttl=s")]
    [InlineData("not '-5s'.", "register", "echo", "--ttl=-5s")]
    [InlineData("--idempotency-key takes 1 to 128 printable ASCII characters.", "register", "echo", "--idempotency-key=clé")]
    [InlineData("--idempotency-key takes 1 to 128 printable ASCII characters.", "register", "echo", "--idempotency-key=a\nb")]
    [InlineData("--if-match takes a revision, or an ETag in printable ASCII characters.", "register", "echo", "--if-match=é")]
    [InlineData("Required argument missing for option: '--if-match'.", "deregister", "echo", "--if-match=")]
    [InlineData("There is no port 65540, where the control plane would be: give its address with --control-plane.", "mesh", "proxy",
        "status", "--registry=http://127.0.0.1:65530")]
    [InlineData("--weight takes a whole number, not 'x'.", "mesh", "traffic", "route", "add", "--service=shop", "--destination=shop",
        "--weight=x")]
    [InlineData("--steps takes whole numbers, not 'x'.", "mesh", "traffic", "canary", "start", "--service=shop", "--canary=shop@v2",
        "--steps=5,x")]
    [InlineData("--max-error-percent takes a number, not 'x'.", "mesh", "traffic", "canary", "start", "--service=shop", "--canary=shop@v2",
        "--max-error-percent=x")]
    [InlineData("--match: '~(' is not part of a match.", "mesh", "traffic", "route", "add", "--service=shop", "--destination=shop",
        "--match=~(")]
    [InlineData("--match: it is empty", "mesh", "traffic", "route", "add", "--service=shop", "--destination=shop", "--match= ")]
    [InlineData("--subset v2: write name:key=value", "mesh", "traffic", "policy", "set", "--service=shop", "--subset=v2")]
    [InlineData("nowhere.yaml: there is no such file", "mesh", "traffic", "route", "add", "-f", "nowhere.yaml")]
    [InlineData("nowhere/nowhere.yaml: there is no such file", "mesh", "traffic", "route", "add", "-f", "nowhere/nowhere.yaml")]
    [InlineData("/: it cannot be read", "mesh", "traffic", "route", "add", "-f", "/")]
    [InlineData("nowhere.yaml: there is no such file", "mesh", "traffic", "policy", "set", "--service=shop", "-f", "nowhere.yaml")]
    [InlineData("nowhere.yaml: there is no such file", "mesh", "traffic", "canary", "start", "-f", "nowhere.yaml")]
    [InlineData("nowhere.yaml: there is no such file", "mesh", "traffic", "rollout", "start", "--service=shop", "-f", "nowhere.yaml")]
    [InlineData("nowhere.yaml: there is no such file", "mesh", "traffic", "rollout", "start", "--service=shop", "--policy", "nowhere.yaml")]
    [InlineData("-: it is empty", "mesh", "traffic", "route", "add", "-f", "-")]
    [InlineData("'trafic' is not known here. Did you mean 'traffic'?", "mesh", "trafic", "route")]
    [InlineData("Did you mean '--service'?", "mesh", "traffic", "route", "add", "--servise=shop", "--destination=shop")]
    [InlineData("--check-rise needs --check.", "register", "echo", "--check-rise=2")]
    [InlineData("--output is table, json or yaml, not 'xml'.", "list", "-o", "xml")]
    [InlineData("is not an http URL", "list", "--registry=ftp://x")]
    [InlineData("No context 'nowhere'", "list", "--context=nowhere")]
    [InlineData("Required argument 'name' missing", "register")]
    public async Task A_wrong_command_line_ends_with_2_and_sends_nothing(string said, params string[] arguments)
    {
        await using var mesh = await StubMesh.Start("{}");
        _cli.Environment["MESH_REGISTRY"] = mesh.Url;
        var result = await _cli.Registry(arguments);

        Assert.True(result.ExitCode == 2 && result.Output == "" && result.Error.Contains(said), result.ToString());
        Assert.Empty(mesh.Requests);
    }

    [Theory]
    [InlineData("foo")]
    [InlineData("x")]
    [InlineData("o")]
    public async Task A_word_that_is_near_no_command_is_given_no_suggestion(string word)
    {
        var result = await _cli.Mesh(word);
        Assert.True(result.ExitCode == 2 && result.Error.Contains($"'{word}'") && !result.Error.Contains("Did you mean"),
            result.ToString());
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    [InlineData(typeof(FormatException))]
    [InlineData(typeof(ArgumentException))]
    public async Task What_this_machine_refuses_ends_with_1_and_its_reason(Type fault)
    {
        var command = new MeshCommand("any", "");
        command.Does(new GlobalOptions(), (_, _) => throw (Exception)Activator.CreateInstance(fault, "it may not be")!);
        using var error = new StringWriter();
        Assert.Equal(1,
            await command.Parse([])
                .InvokeAsync(new() { Error = error, EnableDefaultExceptionHandler = false }, TestContext.Current.CancellationToken));
        Assert.Equal("failed: it may not be", error.ToString().TrimEnd());
    }

    [Fact]
    public async Task A_registry_at_the_last_ports_needs_no_control_plane_for_what_is_its_own()
    {
        var result = await _cli.Registry("list", "--registry=http://127.0.0.1:65530");
        Assert.True(result.ExitCode == 3 && result.Error.Contains("cannot reach the mesh at http://127.0.0.1:65530"), result.ToString());
    }

    [Fact]
    public async Task Another_program_s_answer_is_not_taken_for_the_mesh_s()
    {
        await using var mesh = await StubMesh.Start("<html>", 200);
        var result = await _cli.Registry("list", "--registry", mesh.Url);
        Assert.True(result.ExitCode == 1 && result.Error.Contains("Is it a Cdaprod mesh of this version?"), result.ToString());
    }
}
