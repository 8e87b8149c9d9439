using System.Text.Json;

namespace Mesh.Tests.Cli;

public sealed class ResilienceCommandTests : IDisposable
{
    private readonly CliProgram _cli = new();

    public void Dispose() => _cli.Dispose();

    public static TheoryData<string, string, string, string> Commands => new()
    {
        { "set-circuit-breaker --service=shop --threshold=5", "circuit-breakers", "circuit-breaker",
            """{"service":"shop","threshold":5}""" },
        {
            "set-circuit-breaker --service=shop --namespace=prod --threshold=5 --max-connections=1 --max-pending-requests=2 "
                + "--max-requests=3 --max-retries=0", "circuit-breakers", "circuit-breaker",
            """{"service":"shop","namespace":"prod","threshold":5,"maxConnections":1,"maxPendingRequests":2,"maxRequests":"""
                + """3,"maxRetries":0}"""
        },
        { "enable-bulkhead --service=shop", "bulkheads", "bulkhead", """{"service":"shop"}""" },
        { "enable-bulkhead --service=shop --max-concurrent=50 --max-queued=10", "bulkheads", "bulkhead",
            """{"service":"shop","maxConcurrent":50,"maxQueued":10}""" },
        {
            "set-outlier-detection --service=shop --consecutive-5xx=5 --consecutive-gateway-errors=3 --interval=5s "
                + "--base-ejection-time=20s --max-ejection-time=2m --max-ejected-percent=50 --success-rate --failure-percentage=60",
            "outlier-detection", "outlier-detection",
            """{"service":"shop","consecutive5xx":5,"consecutiveGatewayErrors":"""
                + """3,"interval":"5s","baseEjectionTime":"20s","maxEjectionTime":"2m","maxEjectedPercent":50,"successRate":"""
                + """{},"failurePercentage":{"threshold":60}}"""
        },
        {
            "set-rate-limit --service=shop --requests=600 --unit=minute --burst=20 --scope=global", "rate-limits", "rate-limit",
            """{"service":"shop","requests":600,"unit":"minute","burst":20,"scope":"global"}"""
        },
        { "set-timeout --service=shop --request=2s --idle=1m --connect=500ms", "timeouts", "timeout",
            """{"service":"shop","request":"2s","idle":"1m","connect":"500ms"}""" },
        { "set-fallback --service=shop --fallback=other --fallback-namespace=edge", "fallbacks", "fallback",
            """{"service":"shop","fallback":"other","fallbackNamespace":"edge"}""" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task All_flags_of_a_policy_reach_the_registry(string line, string path, string kind, string body)
    {
        await using var mesh = await StubMesh.Start(
            $$"""{"changed":true,"sequence":12,"service":"shop","namespace":"default","kind":"{{kind}}","revision":1}""");
        var result = await _cli.Mesh(["resilience", .. line.Split(' '), "--registry", mesh.Url, "--if-match=7"]);

        var service = line.Contains("prod", StringComparison.Ordinal) ? "prod/shop" : "default/shop";
        Assert.Equal(new CliResult(0, $"set the {kind} policy of {service} at sequence 12\n", ""), result);
        var request = Assert.Single(mesh.Requests);
        Assert.Equal($"POST /api/resilience/{path}", $"{request.Method} {request.Url}");
        Assert.Equal("\"7\"", request.Headers["If-Match"]);
        Assert.NotEmpty(request.Headers["Idempotency-Key"]);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(body), request.Json), request.Body);
    }

    [Fact]
    public async Task What_is_already_so_is_said_to_be()
    {
        await using var mesh = await StubMesh.Start(
            """{"changed":false,"sequence":12,"service":"shop","namespace":"default","kind":"bulkhead"}""");
        Assert.Equal(
            new CliResult(0, "nothing changed: the bulkhead policy of default/shop has these values already (sequence 12)\n", ""),
            await _cli.Mesh("resilience", "enable-bulkhead", "--service=shop", "--registry", mesh.Url));
        Assert.Equal(
            new CliResult(0, "nothing changed: default/shop has no bulkhead policy (sequence 12)\n", ""),
            await _cli.Mesh("resilience", "remove", "--service=shop", "--kind=bulkhead", "--registry", mesh.Url));
    }

    [Fact]
    public async Task A_policy_is_removed()
    {
        await using var mesh = await StubMesh.Start(
            """{"changed":true,"sequence":13,"service":"shop","namespace":"prod","kind":"circuit-breaker"}""");
        var result = await _cli.Registry("mesh", "resilience", "remove", "--service=shop", "-n", "prod", "--kind=circuit-breaker",
            "--registry", mesh.Url);
        Assert.Equal(new CliResult(0, "removed the circuit-breaker policy of prod/shop at sequence 13\n", ""), result);
        Assert.Equal("DELETE /api/resilience/circuit-breakers?service=shop&namespace=prod",
            $"{mesh.Requests[0].Method} {mesh.Requests[0].Url}");
    }

    [Fact]
    public async Task A_list_is_a_table_and_its_filters_go_to_the_registry()
    {
        await using var mesh = await StubMesh.Start("""
            {"sequence":7,"items":[
              {"service":"shop","namespace":"default","kind":"circuit-breaker","revision":2,"circuitBreaker":{"service":"shop","namespace":"default","threshold":5,"maxRequests":100}},
              {"service":"shop","namespace":"prod","kind":"timeout","revision":1,"timeout":{"service":"shop","namespace":"prod","request":"2s"}}]}
            """);
        var result = await _cli.Mesh("resilience", "list-policies", "--registry", mesh.Url, "--service=shop", "--kind=timeout",
            "--namespace=*");
        Assert.Equal(
            """
            SERVICE    KIND             REVISION  POLICY
            shop       circuit-breaker  2         threshold=5 maxRequests=100
            prod/shop  timeout          1         request=2s

            """,
            result.Output);
        Assert.Equal("/api/resilience/policies?namespace=%2A&service=shop&kind=timeout", mesh.Requests[0].Url);
    }

    [Theory]
    [InlineData("set-circuit-breaker --threshold=5")]
    [InlineData("set-circuit-breaker --service=shop --threshold=few")]
    [InlineData("set-rate-limit --service=shop")]
    [InlineData("set-fallback --service=shop")]
    [InlineData("remove --service=shop")]
    [InlineData("remove --service=shop --kind=policy")]
    public async Task A_wrong_line_sends_nothing(string line)
    {
        await using var mesh = await StubMesh.Start("{}");
        Assert.Equal(2, (await _cli.Mesh(["resilience", .. line.Split(' '), "--registry", mesh.Url])).ExitCode);
        Assert.Empty(mesh.Requests);
    }
}
