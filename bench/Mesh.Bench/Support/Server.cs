using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Bench.Support;

/// <summary>A server under measurement: a child process whose CPU time and memory can be read.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Queue<string> _lines = new();

    private Server(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>CPU time used so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts <paramref name="program"/> and waits until <paramref name="readyUrl"/> answers 2xx.</summary>
    public static async Task<Server> StartAsync(string program, string readyUrl, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in environment) start.Environment[key] = value;
        var server = new Server(start);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var since = Stopwatch.StartNew(); since.Elapsed < TimeSpan.FromSeconds(60); await timer.WaitForNextTickAsync())
        {
            if (server._process.HasExited) throw new InvalidOperationException($"{program} ended with {server._process.ExitCode}:\n{server.Output}");
            try
            {
                if ((await client.GetAsync(new Uri(readyUrl))).IsSuccessStatusCode) return server;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }
        }

        await server.DisposeAsync();
        throw new TimeoutException($"{program} is not ready at {readyUrl} within 60 s:\n{server.Output}");
    }

    /// <summary>The path of a program on PATH, or null.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>The built executable of a project of the solution, of this program's own configuration.</summary>
    public static string Built(string project)
    {
        // bench/Mesh.Bench/bin/<configuration>/<framework>/
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var root = own.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        var path = Path.Combine(root, project, "bin", own.Parent.Name, own.Name, Path.GetFileName(project));
        return File.Exists(path) ? path : throw new FileNotFoundException($"{project} is not built in {own.Parent.Name}: {path} is missing. Run dotnet build -c {own.Parent.Name}.");
    }

    /// <summary>A free loopback port.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A number for a table.</summary>
    public static string Number(double value, int digits = 0) => value.ToString("N" + digits, CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private string Output
    {
        get { lock (_lines) return string.Join('\n', _lines); }
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > 100) _lines.Dequeue();
        }
    }
}
