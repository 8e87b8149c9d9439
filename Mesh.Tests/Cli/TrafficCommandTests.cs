using System.Text.Json;
using Mesh.Cli.Input;
using Mesh.Tests.Support;

namespace Mesh.Tests.Cli;

public sealed class TrafficCommandTests : IDisposable
{
    private const string Set =
        """{"changed":true,"sequence":12,"service":"shop","namespace":"default","route":"default","destinations":2,"revision":3}""";

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
    public async Task The_seeds_own_commands_work()
    {
        await using var mesh = await StubMesh.Start(Set);
        var added = await _cli.Mesh("traffic", "route", "add", "--service=shop", "--destination=shop-v2", "--weight=20", "--registry",
            mesh.Url);
        Assert.Equal(new CliResult(0, "route default of shop set at sequence 12, 2 destinations\n", ""), added);
        var removed = await _cli.Mesh("traffic", "route", "remove", "--service=shop", "--destination=shop-v2", "--registry", mesh.Url);
        Assert.Equal(new CliResult(0, "shop-v2 removed from route default of shop at sequence 12; 2 left\n", ""), removed);
        Assert.Equal(["POST /api/traffic/routes", "DELETE /api/traffic/routes?service=shop&destination=shop-v2"],
            mesh.Requests.Select(request => $"{request.Method} {request.Url}"));
        IsJson("""{"service":"shop","destinations":[{"service":"shop-v2","weight":20}]}""", mesh.Requests[0]);
    }

    [Fact]
    public async Task What_an_answer_warns_of_stands_on_standard_error_in_every_format()
    {
        const string Said = "mirror: gRPC's own clients (xds:///) send no copies";
        await using var mesh = await StubMesh.Start(Set[..^1] + ",\"warnings\":[\"" + Said + "\"]}");
        var told = await _cli.Mesh("traffic", "route", "add", "--service=shop", "--destination=shop-v2", "--registry", mesh.Url);
        Assert.Equal(new CliResult(0, "route default of shop set at sequence 12, 2 destinations\n", $"warning: {Said}\n"), told);
        var json = await _cli.Mesh("traffic", "route", "add", "--service=shop", "--destination=shop-v2", "-o", "json", "--registry",
            mesh.Url);
        Assert.Contains($"warning: {Said}\n", json.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_flags_of_a_route_reach_the_registry()
    {
        await using var mesh = await StubMesh.Start(Set);
        var result = await _cli.Mesh("traffic", "route", "add", "--service=shop", "-n", "prod", "--destination=shop", "--subset=v2",
            "--name=beta", "--priority=10",
            "--match", "/cart method=GET,PUT header:x-user=beta header:x-debug query:v=2", "--match", "grpc=pkg.Cart/Get source=web.edge",
            "--if-match=7", "--registry", mesh.Url);
        Assert.True(result.ExitCode == 0, result.ToString());
        var request = Assert.Single(mesh.Requests);
        Assert.Equal("\"7\"", request.Headers["If-Match"]);
        IsJson("""
            {"namespace":"prod","service":"shop","name":"beta","priority":10,"match":[
             {"path":{"prefix":"/cart"},"methods":["GET","PUT"],"headers":[{"name":"x-user","exact":"beta"},{"name":"x-debug","present":true}],"query":[{"name":"v","exact":"2"}]},
             {"grpc":{"service":"pkg.Cart","method":"Get"},"source":{"service":"web","namespace":"edge"}}],"destinations":[{"service":"shop","subset":"v2"}]}
            """, request);
    }

    [Fact]
    public async Task Routes_come_from_a_file_document_by_document()
    {
        await using var mesh = await StubMesh.Start(Set);
        var file = Path.Combine(_folder.Path, "routes.yaml");
        await File.WriteAllTextAsync(file, """
            # the first
            service: shop
            name: "beta"
            match:
            - path: {prefix: /cart}
              headers: [{name: x-v, exact: '2'}, {name: x-w, exact: "true"}]
            destinations:
            - {service: shop, subset: v2, weight: 20}
            fault: {delay: {fixed: 200ms, percent: 0.5}}
            ---
            - {service: a, destinations: [{service: b}]}
            - {"service": "c", "destinations": [{"service": "d"}]}
            """, TestContext.Current.CancellationToken);
        var result = await _cli.Mesh("traffic", "route", "add", "-f", file, "--idempotency-key=k", "--registry", mesh.Url);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(["k", "k.1", "k.2"], mesh.Requests.Select(request => request.Headers["Idempotency-Key"]));
        IsJson("""
            {"service":"shop","name":"beta","match":[{"path":{"prefix":"/cart"},"headers":[{"name":"x-v","exact":"2"},{"name":"x-w","exact":"true"}]}],
             "destinations":[{"service":"shop","subset":"v2","weight":20}],"fault":{"delay":{"fixed":"200ms","percent":0.5}}}
            """, mesh.Requests[0]);
        IsJson("""{"service":"c","destinations":[{"service":"d"}]}""", mesh.Requests[2]);
    }

    [Theory]
    [InlineData("route", "add", "--service=shop")]
    [InlineData("route", "add", "--destination=shop")]
    [InlineData("route", "add", "-f", "x.yaml", "--service=shop")]
    [InlineData("route", "remove", "--service=shop")]
    [InlineData("route", "remove", "--service=shop", "--name=a", "--destination=b")]
    [InlineData("route", "remove", "--service=shop", "--name=a", "--subset=b")]
    [InlineData("policy", "show")]
    public async Task A_wrong_command_line_sends_nothing(params string[] arguments) =>
        Assert.Equal(2, (await _cli.Mesh(["traffic", .. arguments, "--registry=http://127.0.0.1:1"])).ExitCode);

    [Fact]
    public async Task Routes_are_listed_in_order_with_what_nobody_serves()
    {
        await using var mesh = await StubMesh.Start("""
            {"sequence":3,"items":[
             {"namespace":"default","service":"shop","name":"beta","priority":10,"match":[{"path":{"prefix":"/cart"},"headers":[{"name":"x-user","exact":"beta","invert":true}]},{"path":{"exact":"/a"}}],"destinations":[{"service":"shop","subset":"v2","weight":20},{"service":"cart","namespace":"prod","weight":80}],"order":1,"unresolved":["shop@v2"],"revision":1},
             {"namespace":"default","service":"shop","name":"old","priority":0,"redirect":{"path":"/new","status":308},"order":2,"revision":4}]}
            """);
        var result = await _cli.Mesh("traffic", "list-routes", "--service=shop", "--registry", mesh.Url);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            [
                "SERVICE ORDER ROUTE PRIORITY MATCH TO UNRESOLVED",
                "shop 1 beta 10 /cart header:!x-user=beta | exact=/a shop@v2 20, cart.prod 80 shop@v2",
                "shop 2 old 0 * redirect 308 -",
            ],
            result.Output.TrimEnd().Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
        Assert.Equal("/api/traffic/routes?namespace=default&service=shop", mesh.Requests[0].Url);
    }

    [Fact]
    public async Task A_policy_is_set_shown_and_removed()
    {
        await using var mesh = await StubMesh.Start(async (context, request) => await StubMesh.Answer(context, request.Method == "GET"
            ? """{"namespace":"default","service":"shop","subsets":[{"name":"c","selector":{"track":"canary"}}],"loadBalancing":"""
                + """{"policy":"least_request","failover":["z1","z2"],"panicThreshold":30},"revision":2}"""
            : """{"changed":true,"sequence":9,"service":"shop","namespace":"default"}"""));
        var set = await _cli.Mesh("traffic", "policy", "set", "--service=shop", "--balancing=least_request", "--subset=c:track=canary",
            "--failover", "z1", "z2", "--slow-start=30s", "--panic-threshold=30", "--registry", mesh.Url);
        Assert.Equal(new CliResult(0, "traffic policy of shop set at sequence 9\n", ""), set);
        Assert.Equal("PUT /api/traffic/policies/shop", $"{mesh.Requests[0].Method} {mesh.Requests[0].Url}");
        IsJson("""{"subsets":[{"name":"c","selector":{"track":"canary"}}],"loadBalancing":{"policy":"least_request","failover":"""
            + """["z1","z2"],"slowStart":"30s","panicThreshold":30}}""", mesh.Requests[0]);
        var shown = await _cli.Mesh("traffic", "policy", "show", "--service=shop", "--registry", mesh.Url);
        Assert.Equal(
            "SERVICE  BALANCING      ZONES  SLOW START  PANIC  SUBSETS\nshop     least_request  z1>z2  -           30 %   c:track=canary\n",
            shown.Output);
        var removed = await _cli.Mesh("traffic", "policy", "remove", "--service=shop", "--registry", mesh.Url);
        Assert.Equal(new CliResult(0, "traffic policy of shop removed at sequence 9\n", ""), removed);
    }

    [Theory]
    [InlineData("a: &x [1]\nb: *x")]
    [InlineData("a: [1")]
    [InlineData("{a: 1}}")]
    public void A_file_that_is_no_plain_YAML_is_refused_with_its_place(string text) =>
        Assert.Contains("line", Assert.Throws<FormatException>(() => YamlInput.Read(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("[", 100)]
    [InlineData("[", 100_000)]
    [InlineData("{a: ", 100_000)]
    [InlineData("- ", 100_000)]
    public void A_file_nested_deeper_than_anything_sensible_is_refused_with_its_place(string opening, int deep) =>
        Assert.Contains("line 1: it is nested more than",
            Assert.Throws<FormatException>(() => YamlInput.Read(string.Concat(Enumerable.Repeat(opening, deep)))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("~", "null")]
    [InlineData("{a: , b: true, c: yes, d: 08, e: 1e3, f: '1', g: 0x1F, h: 1.5, i: -7}",
        """{"a":null,"b":true,"c":"yes","d":8,"e":1000,"f":"1","g":"0x1F","h":1.5,"i":-7}""")]
    [InlineData("|\n  two\n  lines\n", "\"two\\nlines\\n\"")]
    public void Plain_text_has_the_types_of_the_core_schema(string yaml, string json) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(json), YamlInput.Read(yaml).Single()),
            YamlInput.Read(yaml).Single().ToString());

    [Fact]
    public async Task Load_comes_from_the_control_plane_cluster_by_cluster()
    {
        await using var mesh = await StubMesh.Start("""
            {"since":"2026-01-01T00:00:00Z","items":[{"cluster":"shop","succeeded":3,"failed":1,"errorRate":0.25,"meanMilliseconds":2.5},{"cluster":"shop@v2","succeeded":1000,"failed":0,"errorRate":0}]}
            """);
        var result = await _cli.Mesh("traffic", "load", "--service=shop", "-n", "team", "--since=10m", "--control-plane", mesh.Url);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("GET /api/v1/load?service=shop&namespace=team&since=10m",
            mesh.Requests.Select(request => $"{request.Method} {request.Url}").Single());
        Assert.Equal(
            [["CLUSTER", "SUCCEEDED", "FAILED", "ERRORS", "MEAN"], ["shop", "3", "1", "25", "%", "2.5", "ms"],
                ["shop@v2", "1000", "0", "0", "%"]],
            result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(cell => cell != "-")));
    }
}
