using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Tests.Support;

namespace Mesh.Tests.Worker.Support;

/// <summary>A Registry, workers and a Kafka as real processes on ports and folders of their own.</summary>
public sealed class WorkerMesh : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<ChildProcess> _processes = [];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly int _registryPort = FreePort.Next();
    private int? _kafkaPort;

    public ChildProcess? Kafka { get; private set; }

    public ChildProcess? Registry { get; private set; }

    public RedisServer? Redis { get; private set; }

    /// <summary>Health of a service's first instance.</summary>
    public async Task<string?> HealthOf(string service) =>
        (await Get($"/api/discovery/services?name={service}")).GetProperty("items")[0].GetProperty("instances")[0].GetProperty("health")
            .GetString();

    /// <summary>The local engine's Garnet, for leases.</summary>
    public async Task StartRedis()
    {
        Redis = new GarnetProgram();
        await Redis.Start();
    }

    public async Task StartKafka()
    {
        _kafkaPort ??= FreePort.Next();
        Kafka = Keep(ChildProcess.Start("local/Mesh.LocalKafka", null, "--port", $"{_kafkaPort}"));
        await Eventually.True(() => Kafka.Output.Contains("listens on 127.0.0.1", StringComparison.Ordinal), TimeSpan.FromSeconds(60),
            "Kafka is up");
    }

    public async Task StartRegistry()
    {
        Registry = Keep(ChildProcess.Start("Mesh.Registry", new Dictionary<string, string?>(Common())
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_registryPort}",
            ["MESH_DATA_DIR"] = _folder.Path,
        }));
        await Registry.Ready($"http://127.0.0.1:{_registryPort}/health/ready", TimeSpan.FromSeconds(60));
    }

    public async Task<WorkerProcess> StartWorker(params (string Name, string Value)[] settings)
    {
        var port = FreePort.Next();
        var environment = new Dictionary<string, string?>(Common())
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["Mesh__Registry"] = $"http://127.0.0.1:{_registryPort}",
            ["Mesh__Shards__TakeAllAfter"] = "00:00:08",
        };
        foreach (var (name, value) in settings) environment[name] = value;
        var worker = new WorkerProcess(Keep(ChildProcess.Start("Mesh.Worker", environment)), $"http://127.0.0.1:{port}", _http);
        await worker.Process.Ready($"{worker.Url}/health/ready", TimeSpan.FromSeconds(60));
        return worker;
    }

    /// <summary>Sends one write; the answer's status.</summary>
    public async Task<int> Send(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, $"http://127.0.0.1:{_registryPort}{path}");
        if (body is not null) request.Content = JsonContent.Create(body);
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)response.StatusCode;
    }

    public async Task<JsonElement> Get(string path) =>
        await _http.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{_registryPort}{path}", TestContext.Current.CancellationToken);

    /// <summary>The log's last sequence.</summary>
    public async Task<long> Head() => (await Get("/api/v1/events?limit=1")).GetProperty("head").GetInt64();

    public async ValueTask DisposeAsync()
    {
        _processes.Reverse();
        foreach (var process in _processes) await process.DisposeAsync();
        if (Redis is not null) await Redis.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    private ChildProcess Keep(ChildProcess process)
    {
        _processes.Add(process);
        return process;
    }

    private Dictionary<string, string?> Common()
    {
        var environment = new Dictionary<string, string?> { ["DOTNET_gcServer"] = "0" };
        if (Redis is not null) environment["ConnectionStrings__redis"] = Redis.ConnectionString;
        if (_kafkaPort is { } port)
        {
            environment["ConnectionStrings__kafka"] = $"127.0.0.1:{port}";
            environment["Mesh__Kafka__SessionTimeoutMs"] = "3500";
            environment["Mesh__Kafka__FetchWaitMaxMs"] = "5";
        }

        return environment;
    }
}

/// <summary>A worker and its status.</summary>
public sealed record WorkerProcess(ChildProcess Process, string Url, HttpClient Http)
{
    public async Task<JsonElement> Status() =>
        await Http.GetFromJsonAsync<JsonElement>($"{Url}/api/v1/worker/status", TestContext.Current.CancellationToken);

    public async Task<int> OwnedShards() => (await Status()).GetProperty("shards").GetProperty("owned").GetInt32();

    public async Task<long> Sweeps() => (await Status()).GetProperty("queue").GetProperty("sweeps").GetInt64();
}
