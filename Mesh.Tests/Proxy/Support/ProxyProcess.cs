using System.Diagnostics;
using System.Text.Json.Nodes;
using Mesh.Tests.Support;

namespace Mesh.Tests.Proxy.Support;

/// <summary>The proxy as a process of its own, so that signals and exit codes are real.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly TempFolder _folder;

    private ProxyProcess(ChildProcess process, TempFolder folder, int port, int admin) =>
        (_process, _folder, Address, Admin) = (process, folder, new Uri($"http://127.0.0.1:{port}"), new Uri($"http://127.0.0.1:{admin}"));

    public Uri Address { get; }

    public Uri Admin { get; }

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

    public string Output => _process.Output;

    /// <summary>Memory that it has in RAM now, in bytes.</summary>
    public long WorkingSet
    {
        get
        {
            using var process = Process.GetProcessById(_process.Id);
            return process.WorkingSet64;
        }
    }

    public static async Task<ProxyProcess> Start(Uri controlPlane, params (string Name, string Value)[] settings)
    {
        var folder = new TempFolder();
        var (port, admin) = (FreePort.Next(), FreePort.Next());
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["MESH_ADMIN_PORT"] = $"{admin}",
            ["MESH_DATA_DIR"] = folder.Path,
            ["Mesh__ControlPlane"] = controlPlane.ToString(),
        };
        foreach (var (name, value) in settings)
            environment[name] = value;
        var proxy = new ProxyProcess(ChildProcess.Start("Mesh.Proxy", environment), folder, port, admin);
        await proxy._process.Ready(new Uri(proxy.Admin, "/health/ready").ToString(), TimeSpan.FromSeconds(60));
        return proxy;
    }

    public Task Knows(string service) => Eventually.True(
        async () => JsonNode.Parse(await Http.GetStringAsync(new Uri(Admin, "/config")))!["services"]!.AsArray()
            .Any(s => (string?)s!["name"] == service),
        TimeSpan.FromSeconds(60), $"the proxy knows {service}");

    /// <summary>SIGTERM.</summary>
    public void EndPlease() => _process.Signal(15);

    /// <summary>Waits for the end; its exit code.</summary>
    public async Task<int> Ended()
    {
        await _process.WaitForExit(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    public bool HasEnded => _process.HasExited;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
