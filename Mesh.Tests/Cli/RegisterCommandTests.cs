using System.Text.Json;

namespace Mesh.Tests.Cli;

public sealed class RegisterCommandTests : IDisposable
{
    private const string Registered =
        """{"changed":true,"sequence":12,"name":"echo","namespace":"default","instances":1,"instanceId":"echo-1","incarnation":1}""";

    private readonly CliProgram _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task All_flags_of_a_registration_reach_the_registry()
    {
        await using var mesh = await StubMesh.Start(Registered);
        var result = await _cli.Registry(
            "register", "echo", "--registry", mesh.Url, "--url=http://127.0.0.1:9001", "--namespace=shop", "--instance-id", "echo-1",
            "--protocol=http",
            "--version=v1", "--zone", "z1", "--weight=20", "--metadata", "team=a", "tier=b=c", "--ttl=2m", "--check=http:/health",
            "--check-interval=5s",
            "--check-timeout", "1s", "--check-rise=1", "--check-fall=4", "--deregister-after=10m", "--replace", "--if-match", "\"7\"");

        Assert.True(result.ExitCode == 0, result.ToString());
        var request = Assert.Single(mesh.Requests);
        Assert.Equal("POST /api/discovery/register?replace=true", $"{request.Method} {request.Url}");
        Assert.Equal("\"7\"", request.Headers["If-Match"]);
        Assert.True(JsonElement.DeepEquals(request.Json, JsonElement.Parse("""
            {"name":"echo","namespace":"shop","instanceId":"echo-1","url":"http://127.0.0.1:9001","protocol":"http","version":"v1","zone":"z1","weight":20,
             "metadata":{"team":"a","tier":"b=c"},"ttlSeconds":120,"healthCheck":{"kind":"http","path":"/health","interval":"5s","timeout":"1s","rise":1,"fall":4},
             "deregisterAfterCritical":"10m"}
            """)), request.Body);
    }

    [Fact]
    public async Task The_document_s_own_spelling_of_the_mesh_command_works()
    {
        await using var mesh = await StubMesh.Start(Registered);
        var result = await _cli.Mesh("discovery", "register", "--service-name=echo", "--url=http://127.0.0.1:9001",
            $"--registry={mesh.Url}");

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.True(
            JsonElement.DeepEquals(Assert.Single(mesh.Requests).Json,
                JsonElement.Parse("""{"name":"echo","url":"http://127.0.0.1:9001"}""")));
    }

    [Fact]
    public async Task A_write_has_a_key_of_its_own_and_begins_a_recorded_trace()
    {
        await using var mesh = await StubMesh.Start(Registered);
        await _cli.Registry("register", "echo", "--registry", mesh.Url, "--address", "127.0.0.1", "--port", "9001");
        await _cli.Registry("register", "echo", "--registry", mesh.Url, "--address", "127.0.0.1", "--port", "9001");

        var keys = mesh.Requests.Select(request => request.Headers["Idempotency-Key"]).ToList();
        Assert.Equal(2, keys.Distinct().Count());
        Assert.All(mesh.Requests, request => Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$", request.Headers["traceparent"]));
    }

    [Theory]
    [InlineData(true, 1, "registered echo-1 of default/echo at sequence 12\n")]
    [InlineData(true, 2, "registered echo-1 of default/echo at sequence 12; the service has 2 instances\n")]
    [InlineData(false, 1, "nothing changed: echo-1 of default/echo is registered with these values already (sequence 12)\n")]
    public async Task It_says_what_happened(bool changed, int instances, string said)
    {
        await using var mesh = await StubMesh.Start(
            $$"""{"changed":{{(changed ? "true" : "false")}},"sequence":"""
                + $$"""12,"name":"echo","namespace":"default","instances":{{instances}},"instanceId":"echo-1","incarnation":1}""");
        var result = await _cli.Registry("register", "echo", "--url=http://127.0.0.1:9001", "--registry", mesh.Url);
        Assert.Equal(new CliResult(0, said, ""), result);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("yaml")]
    public async Task Asked_for_a_document_it_prints_nothing_else_on_standard_output(string format)
    {
        await using var mesh = await StubMesh.Start(Registered);
        var result = await _cli.Registry("register", "echo", "--url=http://127.0.0.1:9001", "--registry", mesh.Url, "-o", format);

        Assert.Equal("registered echo-1 of default/echo at sequence 12\n", result.Error);
        if (format == "json")
            Assert.True(JsonElement.DeepEquals(JsonElement.Parse(Registered), JsonElement.Parse(result.Output)));
        else
            Assert.Equal("changed: true\nsequence: 12\nname: echo\nnamespace: default\ninstances: 1\ninstanceId: echo-1\nincarnation: 1\n",
                result.Output);
    }

    [Theory]
    [InlineData("""{"changed":true,"sequence":14,"affected":2,"instances":0}""",
        "deregistered 2 instances of default/echo at sequence 14\n")]
    [InlineData("""{"changed":false,"sequence":14,"affected":0,"instances":0}""",
        "nothing changed: default/echo has no instances (sequence 14)\n")]
    public async Task Deregistering_says_how_many_are_gone(string answer, string said)
    {
        await using var mesh = await StubMesh.Start(answer);
        var result = await _cli.Registry("deregister", "echo", "--registry", mesh.Url);

        Assert.Equal(new CliResult(0, said, ""), result);
        Assert.Equal("DELETE /api/discovery/deregister?name=echo", $"{mesh.Requests[0].Method} {mesh.Requests[0].Url}");
    }

    [Theory]
    [InlineData("7", "\"7\"")]
    [InlineData("\"7\"", "\"7\"")]
    [InlineData("*", "*")]
    public async Task A_revision_may_be_said_as_JSON_shows_it(string said, string sent)
    {
        await using var mesh = await StubMesh.Start("""{"changed":false,"sequence":14,"affected":0,"instances":0}""");
        await _cli.Registry("deregister", "echo", "--if-match", said, "--registry", mesh.Url);
        Assert.Equal(sent, Assert.Single(mesh.Requests).Headers["If-Match"]);
    }

    [Theory]
    [InlineData("drain", "draining")]
    [InlineData("maintenance", "maintenance")]
    [InlineData("activate", "active")]
    public async Task Instances_are_drained_maintained_and_activated(string verb, string mode)
    {
        await using var mesh = await StubMesh.Start("""{"changed":true,"sequence":9}""");
        var result = await _cli.Mesh("discovery", verb, "--service-name=echo", "--instance-id=echo-1", "--registry", mesh.Url);

        Assert.Equal(new CliResult(0, $"echo-1 of default/echo is {mode} at sequence 9\n", ""), result);
        Assert.True(
            JsonElement.DeepEquals(mesh.Requests[0].Json,
                JsonElement.Parse($$"""{"name":"echo","instanceId":"echo-1","mode":"{{mode}}"}""")));
    }
}
