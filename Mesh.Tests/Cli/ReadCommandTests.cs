using System.Text.Json;
using Mesh.Tests.Support;

namespace Mesh.Tests.Cli;

public sealed class ReadCommandTests : IDisposable
{
    private const string OneService =
        """
        {"sequence":7,"items":[{"name":"echo","namespace":"default","protocol":"http","instances":[
          {"id":"echo-1","address":"127.0.0.1","port":9001,"protocol":"http","version":"v1","zone":"","weight":80,"health":"passing","metadata":{"team":"a"}},
          {"id":"echo-2","address":"::1","port":9002,"protocol":"http","version":"v2","zone":"z1","weight":20,"health":"critical","mode":"draining","protected":true,"metadata":{}}]}]}
        """;

    private readonly CliProgram _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task A_list_is_a_table_of_instances_and_its_filters_go_to_the_registry()
    {
        await using var mesh = await StubMesh.Start(OneService);
        var result = await _cli.Registry("list", "-A", "--zone=z1", "--health", "critical", "--metadata", "team=a b", "--registry",
            mesh.Url);

        Assert.Equal(
            """
            SERVICE  INSTANCE  ADDRESS         PROTOCOL  VERSION  ZONE  WEIGHT  HEALTH                         METADATA
            echo     echo-1    127.0.0.1:9001  http      v1       -     80      passing                        team=a
            echo     echo-2    [::1]:9002      http      v2       z1    20      critical, draining, protected  -

            """,
            result.Output);
        Assert.Equal("/api/discovery/services?namespace=%2A&zone=z1&health=critical&metadata.team=a%20b", mesh.Requests[0].Url);
        Assert.EndsWith("-00", mesh.Requests[0].Headers["traceparent"]);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("shop", "--namespace=shop")]
    [InlineData("%2A", "--all-namespaces")]
    public async Task A_list_shows_the_default_namespace_unless_another_is_said(string asked, params string[] flags)
    {
        await using var mesh = await StubMesh.Start("""{"sequence":1,"items":[]}""");
        await _cli.Mesh(["discovery", "list", "--registry", mesh.Url, .. flags]);
        Assert.Equal($"/api/discovery/services?namespace={asked}", Assert.Single(mesh.Requests).Url);
    }

    [Fact]
    public async Task One_service_is_shown_under_either_name()
    {
        await using var mesh = await StubMesh.Start("""{"name":"echo","namespace":"default","instances":[],"revision":7}""");
        var registry = await _cli.Registry("get", "echo", "--registry", mesh.Url);
        Assert.Equal(registry, await _cli.Mesh("discovery", "get", "--service-name=echo", "--registry", mesh.Url));
        Assert.All(mesh.Requests, request => Assert.Equal("/api/discovery/services/echo", request.Url));
    }

    [Fact]
    public async Task Status_asks_every_part_that_the_context_names()
    {
        await using var mesh = await StubMesh.Start("""{"head":7}""");
        _cli.WriteContexts($$"""
            {"current":"local","contexts":{"local":{"registry":"{{mesh.Url}}","controlPlane":"{{mesh.Url}}",
             "worker":"{{mesh.Url}}","gateway":"{{mesh.Url}}"} } }
            """);
        var result = await _cli.Mesh("status", "-o", "json");
        Assert.Equal(
            ["registry", "control-plane", "worker", "gateway"],
            JsonElement.Parse(result.Output).GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()));
        Assert.Equal(4, mesh.Requests.Count(request => request.Url == "/health/ready"));
    }

    [Fact]
    public async Task Status_says_what_a_part_that_serves_does_without()
    {
        await using var mesh = await StubMesh.Start(
            """{"head":7,"status":"Degraded","checks":[{"name":"self","status":"Healthy"},"""
                + """{"name":"redis","status":"Degraded","description":"Redis does not answer at 127.0.0.1:6379"}]}""");
        var result = await _cli.Mesh("status", "--registry", mesh.Url, "--control-plane", mesh.Url);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("degraded", result.Output);
        Assert.Contains("redis: Redis does not answer at 127.0.0.1:6379", result.Output);

        var json = JsonElement.Parse((await _cli.Mesh("status", "--registry", mesh.Url, "--control-plane", mesh.Url, "-o", "json")).Output);
        Assert.All(json.GetProperty("parts").EnumerateArray(), part => Assert.Equal("degraded", part.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Status_says_why_a_part_is_not_ready()
    {
        await using var mesh = await StubMesh.Start((context, request) => request.Url == "/health/ready"
            ? StubMesh.Answer(context,
                """{"status":"Unhealthy","checks":[{"name":"log","status":"Unhealthy","description":"The database is unavailable."}]}""",
                503)
            : StubMesh.Answer(context, """{"head":7}"""));
        var result = await _cli.Mesh("status", "--registry", mesh.Url, "--control-plane", mesh.Url);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("log: The database is unavailable.", result.Output);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"checks":[1,{"status":2}]}""")]
    [InlineData("no JSON")]
    public async Task Status_takes_any_answer_of_a_program_that_is_no_part_of_the_mesh(string answer)
    {
        await using var mesh = await StubMesh.Start(
            (context, request) => StubMesh.Answer(context, request.Url == "/health/ready" ? answer : """{"head":7}"""));
        var result = await _cli.Mesh("status", "--registry", mesh.Url, "--control-plane", mesh.Url);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("", result.Error);
    }

    [Fact]
    public async Task The_newest_events_are_listed_oldest_first()
    {
        await using var mesh = await StubMesh.Start(
            """
            {"head":9,"next":9,"items":[
              {"sequence":9,"stream":"discovery/default/echo/i/echo-1","type":"cdaprod.mesh.discovery.service-deregistered.v1","time":"2026-01-02T03:04:06Z","actor":"anonymous"},
              {"sequence":8,"stream":"discovery/default/echo/i/echo-1","type":"cdaprod.mesh.discovery.service-registered.v1","time":"2026-01-02T03:04:05Z","actor":"anonymous"}]}
            """);
        var result = await _cli.Mesh("events", "list", "--limit=2", "--registry", mesh.Url);

        Assert.Equal("/api/v1/events?order=desc&limit=2", mesh.Requests[0].Url);
        var rows = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["8", "discovery.service-registered"], Cells(rows[1], 0, 3));
        Assert.Equal(["9", "discovery.service-deregistered"], Cells(rows[2], 0, 3));
    }

    [Fact]
    public async Task The_applied_table_shows_who_refused_what()
    {
        await using var mesh = await StubMesh.Start(
            """
            {"items":[{"node":"gateway-1","flavour":"mesh","types":[
              {"type":"type.googleapis.com/envoy.config.cluster.v3.Cluster","sentVersion":"0123456789abcdef","ackedVersion":"fedc","sequence":7,"state":"NACKED","nack":"no such thing"}]}]}
            """);
        var result = await _cli.Mesh("proxy", "status", "--control-plane", mesh.Url);

        Assert.Equal(
            """
            NODE       FLAVOUR  TYPE     STATE   SENT          ACKED  SEQUENCE  REFUSED BECAUSE
            gateway-1  mesh     Cluster  NACKED  0123456789ab  fedc   7         no such thing

            """,
            result.Output);
    }

    [Fact]
    public async Task A_watch_shows_what_comes_changes_and_goes_until_interrupted()
    {
        StubMesh mesh = null!;
        string[] lists =
        [
            OneService,
            OneService.Replace("\"sequence\":7", "\"sequence\":8").Replace("\"weight\":80", "\"weight\":10").Replace("echo-2", "echo-3"),
        ];
        mesh = await StubMesh.Start(async (context, _) =>
        {
            if (mesh.Requests.Count > lists.Length)
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            await StubMesh.Answer(context, lists[mesh.Requests.Count - 1]);
        });
        await using (mesh)
        {
            await using var watch = _cli.Start(CliProgram.MeshName, "discovery", "watch", "--registry", mesh.Url);
            await Eventually.True(() => watch.Output.Contains("- echo echo-2"), TimeSpan.FromSeconds(60), "the watch shows what is gone");
            watch.Signal(2);
            await watch.WaitForExit();

            Assert.Equal(0, watch.ExitCode);
            Assert.Equal(
                """
                + echo echo-1 http 127.0.0.1:9001 weight 80 version v1 passing
                + echo echo-2 http [::1]:9002 weight 20 version v2 zone z1 critical, draining, protected
                ~ echo echo-1 http 127.0.0.1:9001 weight 10 version v1 passing
                + echo echo-3 http [::1]:9002 weight 20 version v2 zone z1 critical, draining, protected
                - echo echo-2
                """,
                watch.Output);
            Assert.Equal("/api/discovery/services?namespace=default&afterSequence=7&wait=30s", mesh.Requests[1].Url);
        }
    }

    private static string[] Cells(string row, params int[] columns)
    {
        var cells = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return [.. columns.Select(column => cells[column])];
    }
}
