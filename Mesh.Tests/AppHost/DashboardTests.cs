using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Mesh.Tests.Support;

namespace Mesh.Tests.AppHost;

/// <summary>The Aspire dashboard of a running mesh, as a person sees it in a browser.</summary>
public sealed partial class DashboardTests
{
    private const string Chromium = "/usr/bin/chromium";
    private static readonly string Scripts = Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "Interop");
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_who_follows_the_link_sees_resources_a_whole_trace_logs_and_metrics()
    {
        var node = Requires.Program("node", "apt-get install nodejs npm");
        Requires.Program("chromium", "apt-get install chromium");
        if (!Directory.Exists(Path.Combine(Scripts, "node_modules", "playwright-core")))
            Requires.Missing("playwright-core is not installed: npm ci --prefix Mesh.Tests/Interop");
        Assert.True(File.Exists(Chromium), $"{Chromium} is Debian's");

        await using var apphost = new RunningAppHost();
        await apphost.IsReady();
        var trace = await Register(apphost, "seen");

        using var screenshots = new TempFolder();
        var folder = Environment.GetEnvironmentVariable("MESH_SCREENSHOTS") is { Length: > 0 } kept
            ? Directory.CreateDirectory(kept).FullName
            : screenshots.Path;
        var seen = await Look(node, LoginLink().Match(apphost.Process.Output).Value, trace, folder);

        var resources = Texts(seen.GetProperty("resources"));
        foreach (var name in new[] { "redis", "kafka", "registry", "controlplane", "worker", "gateway" })
            Assert.Contains(resources, row => row.StartsWith($"{name} Running ", StringComparison.Ordinal));
        Assert.Contains("Swagger UI", string.Join('\n', resources));
        var spans = seen.GetProperty("trace").GetString()!;
        foreach (var span in new[] { "registry", "log append", "controlplane", "xds compile", "xds push", "gateway", "xds apply",
            "worker" })
            Assert.Contains(span, spans);
        var logs = Texts(seen.GetProperty("logs"));
        foreach (var name in new[] { "registry", "controlplane", "worker", "gateway" })
            Assert.Contains(logs, row => row.StartsWith($"{name} Information ", StringComparison.Ordinal));
        Assert.Contains("Cdaprod.Mesh", seen.GetProperty("metrics").GetString());
        Assert.Equal(["metrics.png", "resources.png", "structuredlogs.png", "trace.png"],
            Directory.GetFiles(folder, "*.png").Select(Path.GetFileName).Order());
    }

    private static async Task<string> Register(RunningAppHost apphost, string service)
    {
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{apphost.Registry}/api/discovery/register")
        {
            Content = JsonContent.Create(new { name = service, url = apphost.Registry }),
        };
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        using var answer = await http.SendAsync(request, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        return trace;
    }

    private static async Task<JsonElement> Look(string node, string login, string trace, string folder)
    {
        Assert.NotEmpty(login);
        using var script = new Process
        {
            StartInfo = new ProcessStartInfo(node, ["dashboard.mjs", login, trace, folder])
            {
                WorkingDirectory = Scripts,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        script.Start();
        try
        {
            var (output, error) = (script.StandardOutput.ReadToEndAsync(Cancellation), script.StandardError.ReadToEndAsync(Cancellation));
            await Task.WhenAll(output, error).WaitAsync(Soon * 2, Cancellation);
            await script.WaitForExitAsync(Cancellation);
            Assert.True(script.ExitCode == 0, await error);
            return JsonDocument.Parse(await output).RootElement;
        }
        finally
        {
            if (!script.HasExited) script.Kill(entireProcessTree: true);
        }
    }

    private static List<string> Texts(JsonElement rows) => [.. rows.EnumerateArray().Select(row => row.GetString()!)];

    [GeneratedRegex("http://127.0.0.1:[0-9]+/login\\?t=[0-9a-f]+", RegexOptions.CultureInvariant)]
    private static partial Regex LoginLink();
}
