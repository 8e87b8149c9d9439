using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Tests.Support;

namespace Mesh.Tests.Registry;

/// <summary>A Registry process on a folder and a port that outlive it: it can be killed and started again on both.</summary>
internal sealed class RunningRegistry : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private RunningRegistry(ChildProcess process, string url)
    {
        _process = process;
        Url = url;
        _http = new HttpClient { BaseAddress = new Uri(url) };
    }

    public string Url { get; }

    public static Dictionary<string, string?> Environment(string folder, int port) => new()
    {
        ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}", ["MESH_DATA_DIR"] = folder, ["ConnectionStrings__mesh"] = null,
        ["ConnectionStrings__redis"] = null, ["ConnectionStrings__kafka"] = null, ["OTEL_EXPORTER_OTLP_ENDPOINT"] = null,
    };

    public static RunningRegistry Start(string folder, int port) =>
        new(ChildProcess.Start("Mesh.Registry", Environment(folder, port)), $"http://127.0.0.1:{port}");

    public Task Ready() => _process.Ready($"{Url}/health/ready", TimeSpan.FromSeconds(60));

    public Task Kill() => _process.Kill();

    public async Task<(string LogId, long Epoch, long Head, long Services)> Status()
    {
        var status = await _http.GetFromJsonAsync<JsonElement>("/api/v1/status", TestContext.Current.CancellationToken);
        return (status.GetProperty("logId").GetString()!, status.GetProperty("epoch").GetInt64(), status.GetProperty("head").GetInt64(),
            status.TryGetProperty("services", out var services) ? services.GetInt64() : 0);
    }

    public async Task Register()
    {
        var answer = await _http.PostAsJsonAsync("/api/discovery/register", new { name = "echo", url = "http://127.0.0.1:9001" },
            TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }
}
