using System.Text.Json;
using Mesh.Tests.Support;

namespace Mesh.Tests.Cli;

/// <summary><c>traffic rollout …</c> and <c>traffic explain</c>: what they send, what they say, and how they end.</summary>
public sealed class RolloutCommandTests : IDisposable
{
    private const string Done = """{"changed":true,"sequence":42,"service":"shop","namespace":"default","revision":1}""";
    private const string Nothing = """{"changed":false,"sequence":42,"service":"shop","namespace":"team","revision":1}""";

    private readonly CliProgram _cli = new();
    private readonly TempFolder _folder = new();

    public void Dispose()
    {
        _cli.Dispose();
        _folder.Dispose();
    }

    private static void IsJson(string expected, StubRequest request) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), request.Json), request.Body);

    private static string Sent(StubRequest request) => $"{request.Method} {request.Url}";

    [Fact]
    public async Task A_rollout_is_started_with_routes_and_a_policy_from_files()
    {
        await using var mesh = await StubMesh.Start(Done);
        var (routes, policy) = (Path.Combine(_folder.Path, "routes.yaml"), Path.Combine(_folder.Path, "policy.yaml"));
        await File.WriteAllTextAsync(routes, "service: shop\nname: beta\ndestinations:\n- {service: shop, subset: v2}\n",
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(policy, "loadBalancing: {policy: random}\n", TestContext.Current.CancellationToken);
        var started = await _cli.Mesh("traffic", "rollout", "start", "--service=shop", "-n", "default", "--percent=25", "--bake=2m", "-f",
            routes, "--policy", policy,
            "--remove-route=old", "--remove-route=older", "--idempotency-key=k", "--if-match=7", "--registry", mesh.Url);
        Assert.Equal(new CliResult(0, "rollout to clients of shop started at sequence 42\n", ""), started);
        var request = Assert.Single(mesh.Requests);
        Assert.Equal("POST /api/traffic/rollouts", Sent(request));
        Assert.Equal(("k", "\"7\""), (request.Headers["Idempotency-Key"], request.Headers["If-Match"]));
        IsJson("""
            {"namespace":"default","service":"shop","percent":25,"bake":"2m","routes":[{"service":"shop","name":"beta","destinations":[{"service":"shop","subset":"v2"}]}],
             "removeRoutes":["old","older"],"policy":{"loadBalancing":{"policy":"random"}}}
            """, request);
    }

    [Fact]
    public async Task What_is_unset_is_left_to_the_mesh_and_the_same_again_changes_nothing()
    {
        await using var mesh = await StubMesh.Start(Nothing);
        var result = await _cli.Mesh("traffic", "rollout", "start", "--service=shop", "--remove-route=old", "--registry", mesh.Url);
        Assert.Equal(new CliResult(0, "nothing changed: it has these values already (sequence 42)\n", ""), result);
        IsJson("""{"service":"shop","removeRoutes":["old"]}""", mesh.Requests[0]);
    }

    [Fact]
    public async Task A_rollout_is_advanced_and_aborted()
    {
        await using var mesh = await StubMesh.Start(Done);
        Assert.Equal(new CliResult(0, "rollout to clients of shop advanced at sequence 42\n", ""),
            await _cli.Mesh("traffic", "rollout", "advance", "--service=shop", "--percent=50", "--registry", mesh.Url));
        Assert.Equal(0, (await _cli.Mesh("traffic", "rollout", "advance", "--service=shop", "--registry", mesh.Url)).ExitCode);
        Assert.Equal(new CliResult(0, "rollout to clients of shop aborted at sequence 42\n", ""),
            await _cli.Mesh("traffic", "rollout", "abort", "--service=shop", "-n", "team", "--registry", mesh.Url));
        Assert.Equal(
            ["POST /api/traffic/rollouts/shop/advance", "POST /api/traffic/rollouts/shop/advance",
                "POST /api/traffic/rollouts/shop/abort?namespace=team"], mesh.Requests.Select(Sent));
        Assert.Equal(50, mesh.Requests[0].Json.GetProperty("percent").GetInt32());
        Assert.False(mesh.Requests[1].Json.TryGetProperty("percent", out var percent) && percent.ValueKind != JsonValueKind.Null);
    }

    [Fact]
    public async Task Status_shows_the_last_rollout_of_each_service_and_who_refused_it()
    {
        await using var mesh = await StubMesh.Start("""
            {"sequence":9,"items":[
             {"namespace":"default","service":"cart","id":"r5","phase":"completed","percent":100,"bake":"30s","since":"2026-01-01T00:00:00Z","routes":["a"],"removeRoutes":[],"policy":false,"revision":2},
             {"namespace":"team","service":"shop","id":"r7","phase":"rolled-back","percent":10,"bake":"1m","since":"2026-01-02T03:04:05Z","reason":"Cluster: it is broken","node":"web-1","routes":["b"],"removeRoutes":[],"policy":false,"revision":3}]}
            """);
        string[] head = ["SERVICE ROLLOUT PHASE SHARE BAKE SINCE REFUSED BY BECAUSE"];
        var all = await _cli.Mesh("traffic", "rollout", "status", "--registry", mesh.Url);
        Assert.Equal(0, all.ExitCode);
        Assert.Equal(
            [.. head, "cart r5 completed 100 % 30s 2026-01-01 00:00:00Z - -",
                "team/shop r7 rolled-back 10 % 1m 2026-01-02 03:04:05Z web-1 Cluster: it is broken"], Lines(all));
        var one = await _cli.Mesh("traffic", "rollout", "status", "--service=cart", "-n", "default", "--registry", mesh.Url);
        Assert.Equal([.. head, "cart r5 completed 100 % 30s 2026-01-01 00:00:00Z - -"], Lines(one));
        Assert.Equal(["GET /api/traffic/rollouts", "GET /api/traffic/rollouts?namespace=default"], mesh.Requests.Select(Sent));
        var none = await _cli.Mesh("traffic", "rollout", "status", "--service=nobody", "--registry", mesh.Url);
        Assert.Equal(new CliResult(0, "there has been no rollout\n", ""), none);
    }

    [Fact]
    public async Task What_the_mesh_refuses_ends_with_1_and_says_why()
    {
        await using var mesh = await StubMesh.Start(
            """{"title":"The request conflicts","status":409,"errors":[{"field":"service","code":"rollout-running","message":"Rollout """
                + """r7 of shop has reached 10 % and is not over."}]}""", 409);
        foreach (var arguments in (string[][])[["start", "--remove-route=a"], ["advance"], ["abort"]])
        {
            var result = await _cli.Mesh(["traffic", "rollout", arguments[0], "--service=shop", .. arguments[1..], "--registry", mesh.Url]);
            Assert.Equal(
                new CliResult(1, "",
                    "refused: The request conflicts (409)\n  service: Rollout r7 of shop has reached 10 % and is not over.\n"), result);
        }
    }

    [Theory]
    [InlineData("rollout", "start", "--remove-route=a")]
    [InlineData("rollout", "start", "--service=shop", "--percent=many")]
    [InlineData("rollout", "advance")]
    [InlineData("rollout", "abort")]
    [InlineData("rollout", "abort", "--service=shop", "--percent=5")]
    [InlineData("rollout", "status", "--if-match=1")]
    [InlineData("rollout", "stop", "--service=shop")]
    [InlineData("explain")]
    [InlineData("explain", "--from=web")]
    [InlineData("explain", "--to=shop", "--header=no-colon")]
    [InlineData("explain", "--to=shop", "--header=:no-name")]
    public async Task A_wrong_command_line_ends_with_2_and_sends_nothing(params string[] arguments)
    {
        await using var mesh = await StubMesh.Start(Done);
        var result = await _cli.Mesh(["traffic", .. arguments, "--registry", mesh.Url, "--control-plane", mesh.Url]);
        Assert.True(result is { ExitCode: 2, Output: "" } && result.Error.Length > 0, result.ToString());
        Assert.Empty(mesh.Requests);
    }

    [Fact]
    public async Task A_file_that_is_not_there_ends_with_2_and_sends_nothing()
    {
        await using var mesh = await StubMesh.Start(Done);
        var result = await _cli.Mesh("traffic", "rollout", "start", "--service=shop", "-f", Path.Combine(_folder.Path, "nowhere.yaml"),
            "--registry", mesh.Url);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains("nowhere.yaml", result.Error, StringComparison.Ordinal);
        Assert.Empty(mesh.Requests);
    }

    [Fact]
    public async Task Nobody_at_the_address_ends_with_3()
    {
        var nobody = $"http://127.0.0.1:{FreePort.Next()}";
        Assert.Equal(3, (await _cli.Mesh("traffic", "rollout", "status", "--registry", nobody)).ExitCode);
        Assert.Equal(3, (await _cli.Mesh("traffic", "explain", "--to=shop", "--control-plane", nobody)).ExitCode);
    }

    [Fact]
    public async Task An_explanation_names_rules_destinations_and_treatment()
    {
        await using var mesh = await StubMesh.Start("""
            {"sequence":12,"from":"web","to":"shop","inShare":true,"route":"beta","action":"forward",
             "rules":[{"name":"alpha","result":"misses","why":["path is /cart, not /a","header x-user is not there"]},{"name":"beta","result":"takes","why":[]},{"name":"default","result":"not-tried","why":[]}],
             "clusters":[{"name":"shop@v2","weight":80,"unresolved":false,"balancing":"random","policies":["at most 100 requests"],
               "endpoints":[{"address":"10.0.0.1:80","instance":"i1","version":"v2","zone":"z1","health":"healthy","weight":100,"priority":0}]},
              {"name":"gone","weight":20,"unresolved":true,"policies":[],"endpoints":[]}],
             "treatment":{"timeout":"2s","retry":"3 times","faults":["a delay"],"mirrors":["copy"],"rewrites":["/x"],"hash":[]},"service":{"rateLimit":"5 a second","fallback":"spare"}}
            """);
        var result = await _cli.Mesh("traffic", "explain", "--from=web", "--to=shop", "--path=/cart", "--method=POST", "--query=v=2", "-n",
            "team", "--node=web-1", "--header=x-user: beta",
            "--control-plane", mesh.Url);
        Assert.Equal(
            """
            web → shop: route beta, forward (sequence 12)
              this client belongs to the share that a rollout has reached
            rules, in order:
              misses       alpha: path is /cart, not /a; header x-user is not there
              takes        beta
              not-tried    default
            goes to:
              shop@v2 weight 80, random
                at most 100 requests
                10.0.0.1:80 healthy weight 100 priority 0 i1 v2 z1
              gone weight 20, -, unresolved: 503
            timeout: 2s
            retry: 3 times
            fault: a delay
            mirror: copy
            rewrite: /x
            rate limit: 5 a second
            fallback: spare

            """.ReplaceLineEndings("\n"), result.Output);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var request = Assert.Single(mesh.Requests);
        Assert.Equal("GET", request.Method);
        var (path, query) = (request.Url.Split('?')[0],
            Uri.UnescapeDataString(request.Url.Split('?')[1]).Split('&').Order(StringComparer.Ordinal));
        Assert.Equal("/api/v1/traffic/explain", path);
        Assert.Equal(
            ["from=web", "header.x-user=beta", "method=POST", "namespace=team", "node=web-1", "path=/cart", "query=v=2", "to=shop"], query);
    }

    private static IEnumerable<string> Lines(CliResult result) =>
        result.Output.TrimEnd().Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
}
