using System.Diagnostics;
using System.Globalization;

namespace Mesh.Bench.Running;

/// <summary>A process under measurement; ended with all that it started when disposed.</summary>
internal sealed class Child : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Queue<string> _output = new();

    private Child(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public static Child Start(string path, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return new Child(start);
    }

    /// <summary>Waits for a 2xx answer of <paramref name="url"/>.</summary>
    public async Task<Child> ReadyAsync(string url, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var started = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if ((await client.GetAsync(url, cancellationToken)).IsSuccessStatusCode) return this;
            }
            catch (Exception exception)
                when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // Not listening yet.
            }

            if (_process.HasExited || started.Elapsed > TimeSpan.FromSeconds(60))
                throw new InvalidOperationException($"{_process.StartInfo.FileName} is not ready at {url}:\n{string.Join('\n', _output)}");
            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>Waits until the process ends by itself and gives what it printed.</summary>
    public async Task<string> ResultAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        lock (_output) return string.Join('\n', _output);
    }

    /// <summary>User and system time of the process and its children so far.</summary>
    public static TimeSpan Cpu(int pid) => Tree(pid).Aggregate(TimeSpan.Zero, (total, each) => total + OwnCpu(each));

    /// <summary>User and system time of one process so far; none where it has ended.</summary>
    public static TimeSpan OwnCpu(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return TimeSpan.FromSeconds(
                (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0);
        }
        catch (IOException)
        {
            return TimeSpan.Zero;
        }
    }

    /// <summary>
    /// The process and its descendants. An orchestrator that has detached itself counts as a child of the process that it watches.
    /// </summary>
    public static IReadOnlyList<int> Tree(int pid)
    {
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsAsciiDigit)))
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{folder}/stat");
                var words = File.ReadAllText($"/proc/{folder}/cmdline").Split('\0');
                var watched = words.Contains("start-apiserver") ? words.SkipWhile(word => word != "--monitor").ElementAtOrDefault(1) : null;
                parents[
                    int.Parse(folder!, CultureInfo.InvariantCulture)] = int.Parse(
                        watched ?? stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }

        var tree = new List<int> { pid };
        for (var i = 0; i < tree.Count; i++) tree.AddRange(parents.Where(pair => pair.Value == tree[i]).Select(pair => pair.Key));
        return tree;
    }

    /// <summary>Whether a process is there and has not ended without its parent's having noticed.</summary>
    public static bool Lives(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        lock (_output)
        {
            _output.Enqueue(line.Data);
            if (_output.Count > 400) _output.Dequeue();
        }
    }
}
