using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>Every part of the mesh as a real process of its own, as AppHost would start them, so that a test can kill each.</summary>
public sealed class WholeMesh : MeshAddresses, IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(90);
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, (Func<ChildProcess> Start, string? Ready)> _parts = [];
    private readonly Dictionary<string, ChildProcess> _running = [];
    private readonly Dictionary<string, int> _ports = new(StringComparer.Ordinal);

    public override string Registry => $"http://127.0.0.1:{_ports["registry"]}";

    public override string ControlPlane => $"http://127.0.0.1:{_ports["controlplane"]}";

    public override string Worker => $"http://127.0.0.1:{_ports["worker"]}";

    public override string Admin => $"http://127.0.0.1:{_ports["admin"]}";

    public override string Gateway => $"http://127.0.0.1:{_ports["gateway"]}";

    /// <summary>Names in the order of their start.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["redis", "kafka", "registry", "controlplane", "worker", "gateway"];

    /// <summary>All parts, with settings beside the usual ones as environment variables of every part.</summary>
    public static async Task<WholeMesh> StartAsync(params (string Name, string Value)[] settings)
    {
        var mesh = new WholeMesh();
        foreach (var part in Parts.Append("admin")) mesh._ports[part] = FreePort.Next();
        mesh.Define(settings);
        foreach (var part in Parts) await mesh.StartPart(part);
        return mesh;
    }

    public async Task StartPart(string part)
    {
        var (start, ready) = _parts[part];
        _running[part] = start();
        if (ready is not null) await _running[part].Ready(ready, StartTime);
    }

    /// <summary>SIGKILL.</summary>
    public Task Kill(string part) => _running[part].Kill();

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Parts.Reverse())
        {
            if (_running.TryGetValue(part, out var process)) await process.DisposeAsync();
        }

        Http.Dispose();
        _folder.Dispose();
    }

    private void Define((string Name, string Value)[] settings)
    {
        var password = Guid.NewGuid().ToString("N");
        var common = new Dictionary<string, string?>
        {
            ["ConnectionStrings__kafka"] = $"127.0.0.1:{_ports["kafka"]}",
            ["ConnectionStrings__redis"] = $"127.0.0.1:{_ports["redis"]},password={password}",
            [GarnetProgram.PasswordVariable] = password,
            ["Mesh__Kafka__FetchWaitMaxMs"] = "2",
            ["services__registry__http__0"] = Registry,
            ["services__controlplane__http__0"] = ControlPlane,
            ["MESH_DATA_DIR"] = _folder.Path,
            ["MESH_ADMIN_PORT"] = $"{_ports["admin"]}",
            ["DOTNET_gcServer"] = "0",
        };
        foreach (var (name, value) in settings) common[name] = value;
        foreach (var (part, project) in (ReadOnlySpan<(string, string)>)[("redis", "local/Mesh.LocalRedis"), ("kafka", "local/Mesh.LocalKafka")])
            _parts[part] = (() => ChildProcess.Start(project, common, "--port", $"{_ports[part]}"), null);
        foreach (var (part, project) in (ReadOnlySpan<(string, string)>)[("registry", "Mesh.Registry"), ("controlplane", "Mesh.ControlPlane"), ("worker", "Mesh.Worker"), ("gateway", "Mesh.Proxy")])
        {
            var environment = new Dictionary<string, string?>(common) { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_ports[part]}" };
            var ready = $"http://127.0.0.1:{_ports[part == "gateway" ? "admin" : part]}/health/ready";
            _parts[part] = (() => ChildProcess.Start(project, environment), ready);
        }
    }
}
