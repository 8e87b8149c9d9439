using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Mesh.Tests.Support;

/// <summary>
/// A real Registry process on a given log, with a client that takes every outcome for what it is: done, refused for now, or unknown.
/// </summary>
public sealed class RegistryProcess : IAsyncDisposable
{
    private readonly Dictionary<string, string?> _environment;
    private readonly HttpClient _client;
    private ChildProcess? _process;

    private RegistryProcess(string dataFolder, string? database)
    {
        Url = $"http://127.0.0.1:{FreePort.Next()}";
        _environment = new()
        {
            ["ASPNETCORE_URLS"] = Url,
            ["MESH_DATA_DIR"] = dataFolder,
            ["ConnectionStrings__mesh"] = database,
            ["ConnectionStrings__redis"] = null,
            ["ConnectionStrings__kafka"] = null,
            ["Logging__LogLevel__Default"] = "Warning",
        };
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(2) })
        {
            BaseAddress = new Uri(Url),
            Timeout = TimeSpan.FromSeconds(20),
        };
    }

    public string Url { get; }

    public ChildProcess Process => _process!;

    /// <summary>
    /// Starts one on SQLite in <paramref name="dataFolder"/>, or on <paramref name="database"/>, with further environment variables, and
    /// waits until it takes commands.
    /// </summary>
    public static async Task<RegistryProcess> Start(string dataFolder, string? database = null,
        params (string Name, string Value)[] settings)
    {
        var registry = new RegistryProcess(dataFolder, database);
        foreach (var (name, value) in settings) registry._environment[name] = value;
        await registry.StartAgain();
        return registry;
    }

    public async Task StartAgain()
    {
        if (_process is not null) await _process.DisposeAsync();
        _process = ChildProcess.Start("Mesh.Registry", _environment);
        await _process.Ready(Url + "/health/ready", TimeSpan.FromSeconds(60));
    }

    /// <summary>
    /// Registers an instance. Gives the answer's sequence and whether it changed anything, or null if the outcome is unknown.
    /// </summary>
    public async Task<(long Sequence, bool Changed)?> Register(string service, string instance, int port, string value, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/discovery/register")
        {
            Content = JsonContent.Create(new { name = service, instanceId = instance, address = "10.0.0.1", port,
                metadata = new { value } }),
        };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await Send(request) is { } body ? (body.GetProperty("sequence").GetInt64(), body.GetProperty("changed").GetBoolean()) : null;
    }

    /// <summary>
    /// A strong read of what <see cref="Register"/> set, with the sequence that it stands for; null if there was no answer.
    /// </summary>
    public async Task<(string? Value, long Sequence)?> Read(string service)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/discovery/services?name={service}&consistency=strong");
        if (await Send(request) is not { } body) return null;
        var items = body.GetProperty("items");
        var value = items.GetArrayLength() == 0
            ? null
            : items[0].GetProperty("instances")[0].GetProperty("metadata").GetProperty("value").GetString();
        return (value, body.GetProperty("sequence").GetInt64());
    }

    /// <summary>Whether a plain read is answered.</summary>
    public async Task<bool> ServesReads()
    {
        using var answer = await _client.GetAsync("/api/v1/discovery/services", TestContext.Current.CancellationToken);
        return answer.IsSuccessStatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_process is not null) await _process.DisposeAsync();
    }

    private async Task<JsonElement?> Send(HttpRequestMessage request)
    {
        try
        {
            using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) return null;
            var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {body}");
            return JsonDocument.Parse(body).RootElement;
        }
        catch (Exception broken)
            when (broken is HttpRequestException or IOException or TaskCanceledException
                && !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
