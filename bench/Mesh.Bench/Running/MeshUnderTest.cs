namespace Mesh.Bench.Running;

/// <summary>
/// Registry, control plane and, if wanted, gateway as separate processes with the embedded Kafka and Redis, as AppHost starts them, without
/// tracing.
/// </summary>
internal sealed class MeshUnderTest : IAsyncDisposable
{
    private readonly List<Child> _children = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-bench-").FullName;

    public int RegistryPort { get; } = Machine.FreePort();

    public int ControlPlanePort { get; } = Machine.FreePort();

    public int GatewayPort { get; } = Machine.FreePort();

    public Child? Gateway { get; private set; }

    /// <summary>The control plane's process.</summary>
    public int ControlPlaneId { get; private set; }

    public string Registry => $"http://127.0.0.1:{RegistryPort}";

    public string ControlPlane => $"http://127.0.0.1:{ControlPlanePort}";

    public static async Task<MeshUnderTest> StartAsync(string feeds, bool gateway, CancellationToken cancellationToken)
    {
        var mesh = new MeshUnderTest();
        var (kafka, redis, password) = (Machine.FreePort(), Machine.FreePort(), Guid.NewGuid().ToString("N"));
        mesh._children.Add(Child.Start(Machine.Built("Mesh.LocalKafka"), ["--port", $"{kafka}"]));
        mesh._children.Add(
            Child.Start(Machine.Built("Mesh.LocalRedis"), ["--port", $"{redis}"],
                new Dictionary<string, string> { ["MESH_REDIS_PASSWORD"] = password }));
        var common = new Dictionary<string, string>
        {
            ["ConnectionStrings__kafka"] = $"127.0.0.1:{kafka}",
            ["ConnectionStrings__redis"] = $"127.0.0.1:{redis},password={password}",
            ["Mesh__Kafka__FetchWaitMaxMs"] = "1",
            ["MESH_DATA_DIR"] = mesh._folder,
            ["Logging__LogLevel__Default"] = "Warning",
            ["DOTNET_gcServer"] = "0",
        };
        await mesh.AddAsync("Mesh.Registry", mesh.RegistryPort, common, [], cancellationToken);
        var controlPlane = await mesh.AddAsync("Mesh.ControlPlane", mesh.ControlPlanePort, common,
            new() { ["services__registry__http__0"] = mesh.Registry, ["Mesh__Feeds"] = feeds }, cancellationToken);
        mesh.ControlPlaneId = controlPlane.Id;
        if (gateway)
            mesh.Gateway = await mesh.AddAsync("Mesh.Proxy", mesh.GatewayPort, common,
                new() { ["services__controlplane__http__0"] = mesh.ControlPlane, ["MESH_ADMIN_PORT"] = $"{Machine.FreePort()}" },
                cancellationToken);
        return mesh;
    }

    /// <summary>Registers an instance.</summary>
    public static async Task RegisterAsync(HttpClient client, object body, CancellationToken cancellationToken)
    {
        using var answer = await client.PostAsJsonAsync("/api/discovery/register", body, cancellationToken);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var child in Enumerable.Reverse(_children)) await child.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<Child> AddAsync(string project, int port, Dictionary<string, string> common, Dictionary<string, string> own,
        CancellationToken cancellationToken)
    {
        var child = Child.Start(Machine.Built(project), [],
            new Dictionary<string, string>(common.Concat(own)) { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}" });
        _children.Add(child);
        return await child.ReadyAsync($"http://127.0.0.1:{port}/health/ready", cancellationToken);
    }
}
