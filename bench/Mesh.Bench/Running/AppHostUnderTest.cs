using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mesh.Bench.Running;

/// <summary>The whole mesh as the built AppHost starts it, without the demo.</summary>
internal sealed class AppHostUnderTest : IAsyncDisposable
{
    private const int Offset = 12_000;
    private static readonly int[] Hosts = [7400, 7410, 7420, 7481];
    private readonly ScratchFolder _folder = new();
    private readonly Child _host;

    private AppHostUnderTest() => _host = Child.Start(Machine.Built("Mesh.AppHost"), ["--port-offset", $"{Offset}"],
        new Dictionary<string, string> { ["MESH_DATA_DIR"] = _folder.Path, ["XDG_CONFIG_HOME"] = _folder.Path });

    public string Registry { get; } = $"http://127.0.0.1:{7400 + Offset}";

    /// <summary>Process id of AppHost, the parent of all others.</summary>
    public int Id => _host.Id;

    /// <summary>Every process of the mesh: its program's name and its id, AppHost first.</summary>
    public IReadOnlyList<(string Name, int Id)> Processes =>
        [.. Child.Tree(_host.Id).Select(pid => (Path.GetFileName(File.ReadAllText($"/proc/{pid}/cmdline").Split('\0')[0]), pid))];

    /// <summary>Starts it and waits until every host is ready.</summary>
    public static async Task<AppHostUnderTest> StartAsync(CancellationToken cancellationToken)
    {
        var mesh = new AppHostUnderTest();
        foreach (var port in Hosts) await mesh._host.ReadyAsync($"http://127.0.0.1:{port + Offset}/health/ready", cancellationToken);
        return mesh;
    }

    /// <summary>Ends it as Ctrl+C does, and tells how long it took until AppHost and all that it had started were gone.</summary>
    public async Task<TimeSpan> EndAsync(CancellationToken cancellationToken)
    {
        var all = Child.Tree(_host.Id);
        var started = Stopwatch.GetTimestamp();
        _ = Signal(_host.Id, 2);
        while (all.Any(Child.Lives)) await Task.Delay(20, cancellationToken);
        return Stopwatch.GetElapsedTime(started);
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await EndAsync(limit.Token);
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int pid, int signal);
}
