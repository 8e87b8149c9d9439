using System.Diagnostics;
using Mesh.LocalHosting.Output;

namespace Mesh.LocalHosting.Engine;

/// <summary>
/// A running child. Its standard input is a pipe only this process holds: closing it asks for an end, and when this process is
/// killed, the operating system closes it.
/// </summary>
internal sealed class ResourceProcess : IDisposable
{
    private readonly Process _process;

    private ResourceProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public static ResourceProcess Start(string name, string path, string[] arguments, IReadOnlyDictionary<string, string> environment, LogConsole console)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(path),
        };
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Show(line.Data);
        process.ErrorDataReceived += (_, line) => Show(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ResourceProcess(process);

        void Show(string? line)
        {
            if (line is not null)
                console.WriteLine(name, line);
        }
    }

    /// <summary>The exit code, when the process has ended and its last line was shown.</summary>
    public async Task<int> Exit(CancellationToken cancellationToken = default)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Asks for an end; kills what has not ended after <paramref name="grace"/>. Returns whether it ended by itself.</summary>
    public async Task<bool> Stop(TimeSpan grace, TimeProvider time)
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended at this very moment; so does the pipe.
        }

        using var limit = new CancellationTokenSource(grace, time);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            return true;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
            return false;
        }
    }

    public void Dispose() => _process.Dispose();
}
