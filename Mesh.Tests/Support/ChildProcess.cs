using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mesh.Tests.Support;

/// <summary>
/// A real process of a test: a built executable of the solution or a foreign program. Its output is shown with the test when it
/// fails; disposing kills it with everything it started.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int LinesShown = 300;
    private readonly Process _process;
    private readonly Queue<string> _lines = new();
    private readonly Lock _lock = new();
    private readonly ITestOutputHelper? _output;

    private ChildProcess(string name, ProcessStartInfo start, ITestOutputHelper? output)
    {
        Name = name;
        _output = output;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>The last lines of standard output and error.</summary>
    public string Output
    {
        get { lock (_lock) return string.Join('\n', _lines); }
    }

    /// <summary>
    /// Starts the built executable of a project, for example <c>Mesh.Registry</c>, with further environment variables (null removes one).
    /// </summary>
    public static ChildProcess Start(string project, IReadOnlyDictionary<string, string?>? environment = null, params string[] arguments) =>
        StartProgram(RepositoryRoot.ExecutableOf(project), environment, arguments);

    /// <summary>Starts any program by its path.</summary>
    public static ChildProcess StartProgram(string path, IReadOnlyDictionary<string, string?>? environment = null,
        params string[] arguments) =>
        StartProgram(path, environment, arguments, TestContext.Current.TestOutputHelper);

    /// <summary>Starts a program that outlives the test that happens to need it first: a server of the whole suite.</summary>
    public static ChildProcess StartShared(string path, IReadOnlyDictionary<string, string?>? environment = null,
        params string[] arguments) =>
        StartProgram(path, environment, arguments, null);

    private static ChildProcess StartProgram(string path, IReadOnlyDictionary<string, string?>? environment, string[] arguments,
        ITestOutputHelper? output)
    {
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[key] = value;
        return new ChildProcess(System.IO.Path.GetFileName(path), start, output);
    }

    /// <summary>
    /// Waits until a GET of <paramref name="url"/> answers 2xx; fails with the process's output when it ends or takes too long.
    /// </summary>
    public async Task Ready(string url, TimeSpan? deadline = null)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await Eventually.Succeeds(
            async () =>
            {
                if (HasExited)
                    Assert.Fail($"{Name} ended with {ExitCode}:\n{Output}");
                (await client.GetAsync(url, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
            },
            deadline ?? TimeSpan.FromSeconds(60),
            $"{Name} is ready at {url}");
    }

    /// <summary>SIGKILL: no chance to clean up. Returns when the process is gone.</summary>
    public async Task Kill()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGKILL for a process that something else has started; nothing where it has ended already.</summary>
    public static void Kill(int pid) => Signal(pid, 9);

    /// <summary>Any signal, for the same.</summary>
    public static void Signal(int pid, int number) => _ = SendSignal(pid, number);

    /// <summary>
    /// SIGTERM, then waits for the end; fails when it takes longer than <paramref name="deadline"/> (60 s). Returns the exit code.
    /// </summary>
    public async Task<int> Terminate(TimeSpan? deadline = null)
    {
        if (!_process.HasExited)
            _ = SendSignal(_process.Id, 15);
        await WaitForExit(deadline);
        return _process.ExitCode;
    }

    /// <summary>Sends any signal (Unix numbers), for example 2 for Ctrl+C, 19 to stop and 18 to continue.</summary>
    public void Signal(int number) => Assert.Equal(0, SendSignal(_process.Id, number));

    /// <summary>Waits for the process to end by itself.</summary>
    public async Task WaitForExit(TimeSpan? deadline = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(deadline ?? TimeSpan.FromSeconds(60));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"{Name} ({Id}) has not ended:\n{Output}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _output?.WriteLine($"--- {Name} ({_process.Id}, exit code {_process.ExitCode})\n{Output}");
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int pid, int signal);

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (_lock)
        {
            _lines.Enqueue(line);
            if (_lines.Count > LinesShown)
                _lines.Dequeue();
        }
    }
}
