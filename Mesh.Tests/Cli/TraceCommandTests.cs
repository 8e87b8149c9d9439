using System.Text.Json;
using Mesh.Tests.Support;

namespace Mesh.Tests.Cli;

/// <summary><c>trace last</c> against answers that the Aspire dashboard 13.6.5 gave.</summary>
public sealed class TraceCommandTests : IDisposable
{
    private const string Id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string Tree =
        """
        trace aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 5 spans
             0.00 ms  POST /api/discovery/register  [registry]  0.50 ms
             1.00 ms  └─ log append  [registry]  0.50 ms
             2.00 ms     ├─ kafka publish  [registry]  0.50 ms  failed: Kafka did not take the entry
             3.00 ms     └─ xds compile  [controlplane]  0.50 ms
             4.00 ms        └─ xds push  [controlplane]  0.50 ms

        """;

    private readonly CliProgram _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task The_newest_trace_of_a_REST_request_is_a_tree_with_the_stages_that_link_into_it()
    {
        await using var dashboard = await StubMesh.Start(Recorded("dashboard-traces"));
        Know(dashboard.Url);
        var result = await _cli.Mesh("trace", "last");
        Assert.Equal((0, Tree), (result.ExitCode, result.Output));
        Assert.Equal("/api/telemetry/traces?limit=500", Assert.Single(dashboard.Requests).Url);
        Assert.Equal("key", dashboard.Requests[0].Headers["X-API-Key"]);
    }

    [Fact]
    public async Task The_newest_trace_can_be_asked_for_by_what_it_begins_with()
    {
        await using var dashboard = await StubMesh.Start(Recorded("dashboard-traces"));
        Know(dashboard.Url);
        var result = await _cli.Mesh("trace", "last", "--root=discoverystatus");
        Assert.StartsWith("trace dddddddddddddddddddddddddddddddd, 1 spans", result.Output);
    }

    [Fact]
    public async Task A_trace_that_is_named_has_the_stages_that_link_into_it_too()
    {
        await using var dashboard = await StubMesh.Start((context, request) =>
            StubMesh.Answer(context,
                Recorded(request.Url.StartsWith("/api/telemetry/traces/", StringComparison.Ordinal)
                    ? "dashboard-trace"
                    : "dashboard-traces")));
        Know(dashboard.Url);
        var result = await _cli.Mesh("trace", "last", Id.ToUpperInvariant());
        Assert.Equal((0, Tree), (result.ExitCode, result.Output));
        Assert.Equal([$"/api/telemetry/traces/{Id}", "/api/telemetry/traces?limit=10000"],
            dashboard.Requests.Select(request => request.Url));
    }

    [Fact]
    public async Task As_JSON_a_span_carries_its_attributes_and_how_it_ended()
    {
        await using var dashboard = await StubMesh.Start(Recorded("dashboard-traces"));
        Know(dashboard.Url);
        var spans = JsonElement.Parse((await _cli.Mesh("trace", "last", "-o", "json")).Output).GetProperty("spans").EnumerateArray()
            .ToDictionary(span => span.GetProperty("name").GetString()!);
        var request = spans["POST /api/discovery/register"];
        Assert.Equal("200", request.GetProperty("attributes").GetProperty("http.response.status_code").GetString());
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_796_082_561_010), request.GetProperty("start").GetDateTimeOffset());
        Assert.Equal(("unset", "error"),
            (request.GetProperty("status").GetString(), spans["kafka publish"].GetProperty("status").GetString()));

        // Work for two commands: under the one that is asked for, with the links to both.
        Assert.Equal(spans["log append"].GetProperty("spanId").GetString(), spans["xds compile"].GetProperty("parentSpanId").GetString());
        Assert.Equal(2, spans["xds compile"].GetProperty("links").GetArrayLength());
    }

    [Fact]
    public async Task What_is_not_among_the_newest_is_looked_for_among_all()
    {
        const string none = """{"data":{"resourceSpans":[]},"totalCount":900,"returnedCount":500}""";
        await using var dashboard = await StubMesh.Start(
            (context,
                request) => StubMesh.Answer(context,
                    request.Url.EndsWith("=500", StringComparison.Ordinal) ? none : Recorded("dashboard-traces")));
        Know(dashboard.Url);
        Assert.Equal(Tree, (await _cli.Mesh("trace", "last")).Output);
        Assert.Equal("/api/telemetry/traces?limit=10000", dashboard.Requests[^1].Url);
    }

    [Fact]
    public async Task Without_a_dashboard_there_is_no_trace_and_it_says_where_to_look() =>
        AssertFails(1, await _cli.Mesh("trace", "last"), "No dashboard with traces is known", "OTEL_EXPORTER_OTLP_ENDPOINT");

    [Fact]
    public async Task A_dashboard_that_does_not_answer_is_named()
    {
        var url = $"http://127.0.0.1:{FreePort.Next()}";
        Know(url);
        AssertFails(3, await _cli.Mesh("trace", "last"), url, "does not answer", "Is AppHost running?");
    }

    [Theory]
    [InlineData("key", "refuses the key")]
    [InlineData(null, "needs a key")]
    public async Task A_key_that_is_refused_or_missing_is_named_with_its_file(string? key, string said)
    {
        await using var dashboard = await StubMesh.Start("", status: 401);
        Know(dashboard.Url, key);
        AssertFails(1, await _cli.Mesh("trace", "last"), said, _cli.ContextsFile, "dashboardKey");
    }

    [Fact]
    public async Task A_trace_that_the_dashboard_does_not_have_is_named()
    {
        // Its 404 says nothing.
        await using var dashboard = await StubMesh.Start((context, request) =>
            request.Url.StartsWith("/api/telemetry/traces/", StringComparison.Ordinal)
                ? StubMesh.Answer(context, "{}", 404)
                : StubMesh.Answer(context, Recorded("dashboard-traces")));
        Know(dashboard.Url);
        AssertFails(1, await _cli.Mesh("trace", "last", "00000000000000000000000000000000"), "no trace 00000000000000000000000000000000");
        AssertFails(1, await _cli.Mesh("trace", "last", "--root=/nothing"), "None of the dashboard's 4 traces begins with '/nothing'");
    }

    [Theory]
    [InlineData(302, "", "302 from /api/telemetry/traces")]
    [InlineData(404, "", "404 from /api/telemetry/traces")]
    [InlineData(200, "<html>", "invalid start of a value")]
    public async Task Another_program_or_a_dashboard_without_its_API_is_not_taken_for_an_empty_one(int status, string body, string said)
    {
        await using var other = await StubMesh.Start(body, status);
        Know(other.Url);
        AssertFails(1, await _cli.Mesh("trace", "last"), "does not serve traces", said);
    }

    [Fact]
    public async Task The_key_is_never_printed()
    {
        Know("http://127.0.0.1:7499", "topsecret");
        var result = await _cli.Mesh("context", "list", "-o", "json");
        Assert.Contains("http://127.0.0.1:7499", result.Output);
        Assert.DoesNotContain("topsecret", result.ToString());

        // Nor lost.
        Assert.Equal(0, (await _cli.Mesh("context", "use", "local")).ExitCode);
        Assert.Contains("topsecret", await File.ReadAllTextAsync(_cli.ContextsFile, TestContext.Current.CancellationToken));
    }

    private static string Recorded(string name) =>
        File.ReadAllText(Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "Cli", "Recorded", $"{name}.json"));

    private static void AssertFails(int exitCode, CliResult result, params string[] said)
    {
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.Empty(result.Output);
        Assert.All(said, text => Assert.Contains(text, result.Error));
    }

    private void Know(string dashboard, string? key = "key")
    {
        var dashboardKey = key is null ? "" : $",\"dashboardKey\":\"{key}\"";
        _cli.WriteContexts($$"""{"current":"local","contexts":{"local":{"dashboard":"{{dashboard}}"{{dashboardKey}}} } }""");
    }
}
