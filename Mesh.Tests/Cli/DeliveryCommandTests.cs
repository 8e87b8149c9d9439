using System.Text.Json;
using Mesh.Tests.Support;

namespace Mesh.Tests.Cli;

public sealed class DeliveryCommandTests : IDisposable
{
    private readonly CliProgram _cli = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _cli.Dispose();
        _folder.Dispose();
    }

    private static void IsJson(string expected, StubRequest request) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), request.Json), request.Body);

    [Fact]
    public async Task A_canary_is_started_with_what_is_said_and_nothing_else()
    {
        await using var mesh = await StubMesh.Start(
            """{"changed":true,"sequence":12,"service":"shop","namespace":"default","phase":"running","step":1,"weight":5,"revision":1}""");
        var started = await _cli.Mesh("traffic", "canary", "start", "--service=shop", "--canary=shop@v2", "--registry", mesh.Url);
        Assert.Equal(new CliResult(0, "canary of shop is at step 1, 5 % (sequence 12)\n", ""), started);
        IsJson("""{"service":"shop","canary":"shop@v2"}""", mesh.Requests[0]);
        var all = await _cli.Mesh("traffic", "canary", "start", "--service=shop", "-n", "prod", "--stable=shop@v1", "--canary=shop@v2",
            "--route=cart", "--steps", "1,10", "50", "--bake=10m", "--max-error-percent=0.5",
            "--max-latency=200ms", "--max-latency-ratio=1.5", "--min-requests=500", "--if-match=3", "--registry", mesh.Url);
        Assert.True(all.ExitCode == 0, all.ToString());
        Assert.Equal("\"3\"", mesh.Requests[1].Headers["If-Match"]);
        IsJson("""
            {"namespace":"prod","service":"shop","route":"cart","stable":"shop@v1","canary":"shop@v2","steps":[1,10,50],"bakeTime":"10m",
            "success":{"maxErrorPercent":0.5,"maxMeanLatency":"200ms","maxLatencyRatio":1.5,"minRequests":500}}
            """, mesh.Requests[1]);
        var file = Path.Combine(_folder.Path, "canary.yaml");
        await File.WriteAllTextAsync(file, "service: shop\ncanary: shop@v2\nsteps: [10, 50]\nsuccess: {maxErrorPercent: 2}\n",
            TestContext.Current.CancellationToken);
        Assert.Equal(0, (await _cli.Mesh("traffic", "canary", "start", "-f", file, "--registry", mesh.Url)).ExitCode);
        IsJson("""{"service":"shop","canary":"shop@v2","steps":[10,50],"success":{"maxErrorPercent":2}}""", mesh.Requests[2]);
    }

    [Fact]
    public async Task Promote_abort_switch_and_rollback_say_what_has_become_of_it()
    {
        await using var mesh = await StubMesh.Start(async (context, request) => await StubMesh.Answer(context, request.Url switch
        {
            "/api/traffic/canaries/promote" =>
                """{"changed":true,"sequence":4,"service":"shop","namespace":"prod","phase":"completed","step":4,"weight":"""
                    + """100,"to":"shop@v2","revision":2}""",
            "/api/traffic/canaries/abort" =>
                """{"changed":false,"sequence":5,"service":"shop","namespace":"default","phase":"aborted","step":2,"weight":"""
                    + """0,"to":"shop@v1","revision":2}""",
            "/api/traffic/blue-green" =>
                """{"changed":true,"sequence":"""
                    + """6,"service":"shop","namespace":"default","phase":"switched","to":"shop@green","revision":3}""",
            _ => """{"changed":true,"sequence":7,"service":"shop","namespace":"default","phase":"rolled-back","revision":4}""",
        }));
        Assert.Equal("canary of prod/shop is completed: all requests go to shop@v2 (sequence 4)\n",
            (await _cli.Mesh("traffic", "canary", "promote", "--service=shop", "-n", "prod", "--all", "--registry", mesh.Url)).Output);
        Assert.Equal("nothing changed: canary of shop is aborted: all requests go to shop@v1 already (sequence 5)\n",
            (await _cli.Mesh("traffic", "canary", "abort", "--service=shop", "--reason=slow", "--registry", mesh.Url)).Output);
        Assert.Equal("switched: requests to shop go to shop@green (sequence 6)\n",
            (await _cli.Mesh("traffic", "blue-green", "switch", "--service=shop", "--to=shop@green", "--registry", mesh.Url)).Output);
        Assert.Equal("rolled-back: requests to shop go to where they went before (sequence 7)\n",
            (await _cli.Mesh("traffic", "blue-green", "rollback", "--service=shop", "--registry", mesh.Url)).Output);
        IsJson("""{"namespace":"prod","service":"shop","all":true}""", mesh.Requests[0]);
        IsJson("""{"service":"shop","reason":"slow"}""", mesh.Requests[1]);
        IsJson("""{"service":"shop","to":"shop@green"}""", mesh.Requests[2]);
        IsJson("""{"service":"shop"}""", mesh.Requests[3]);
    }

    [Fact]
    public async Task Status_shows_step_numbers_and_what_it_waits_for()
    {
        const string canary = """
            {"namespace":"default","service":"shop","route":"default","stable":"shop@v1","canary":"shop@v2","steps":[5,25,50,100],"bakeTime":"5m","success":{"maxErrorPercent":1,"minRequests":100},
            "phase":"running","step":2,"weight":25,"since":"2026-01-01T10:05:02+00:00","verdict":"holds","reason":"has had 37 of the 100 requests that a step needs",
            "observed":{"stable":{"requests":112,"failed":0,"meanMilliseconds":12.1},"canary":{"requests":37,"failed":1}},
            "history":[{"time":"2026-01-01T10:00:00+00:00","what":"started","weight":5,"by":"user:ada"}],"revision":2}
            """;
        await using var mesh = await StubMesh.Start(
            async (context,
                request) => await StubMesh.Answer(context, request.Url.StartsWith("/api/traffic/blue-green", StringComparison.Ordinal)
            ? """{"sequence":3,"items":[{"namespace":"default","service":"shop","route":"default","to":"shop@green","before":["""
                + """{"service":"shop","subset":"blue","weight":100}],"phase":"switched","since":"2026-01-01T10:00:00+00:"""
                + """00","by":"user:ada","revision":1}]}"""
            : request.Url.Contains("/shop", StringComparison.Ordinal) ? canary : $$"""{"sequence":3,"items":[{{canary}}]}"""));
        var one = await _cli.Mesh("traffic", "canary", "status", "--service=shop", "--registry", mesh.Url);
        Assert.Equal(
            [
                "SERVICE ROUTE STABLE CANARY PHASE STEP WEIGHT SINCE STABLE SEEN CANARY SEEN NEXT WHY",
                "shop default shop@v1 shop@v2 running 2/4 25 % 2026-01-01 10:05:02Z 0/112 failed, 12.1 ms 1/37 failed holds has had 37 "
                    + "of the 100 requests that a step needs",
            ],
            one.Output.TrimEnd().Split('\n').Take(2).Select(Squeezed));
        Assert.Contains("2026-01-01 10:00:00Z started, 5 %, by user:ada", one.Output + one.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _cli.Mesh("traffic", "canary", "status", "--registry", mesh.Url)).ExitCode);
        Assert.Equal("/api/traffic/canaries?namespace=default", mesh.Requests[1].Url);
        var switches = await _cli.Mesh("traffic", "blue-green", "status", "-A", "--registry", mesh.Url);
        Assert.Equal("shop default shop@green shop@blue 100 switched 2026-01-01 10:00:00Z user:ada",
            Squeezed(switches.Output.TrimEnd().Split('\n')[1]));
    }

    [Theory]
    [InlineData("canary", "start", "--service=shop")]
    [InlineData("canary", "start", "-f", "x.yaml", "--canary=shop@v2")]
    [InlineData("canary", "promote")]
    [InlineData("canary", "promote", "--service=shop", "--all", "--step=2")]
    [InlineData("blue-green", "switch", "--service=shop")]
    public async Task A_wrong_command_line_sends_nothing(params string[] arguments) =>
        Assert.Equal(2, (await _cli.Mesh(["traffic", .. arguments, "--registry=http://127.0.0.1:1"])).ExitCode);

    private static string Squeezed(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
