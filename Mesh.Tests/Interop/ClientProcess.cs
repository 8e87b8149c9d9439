using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Mesh.Tests.Conformance;

namespace Mesh.Tests.Interop;

/// <summary>
/// A program that calls services as it is configured: a command is a line of JSON on its input, a result a line on its output.
/// <c>conformance-client.mjs</c> and <c>core-client.py</c> take the same commands.
/// </summary>
internal sealed class ClientProcess : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<IReadOnlyList<CallResult>>> _open = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Process _process;
    private int _ids;

    private ClientProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => Fail();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has written on its error output.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    public static ClientProcess Start(string program, string script, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, [script])
        {
            WorkingDirectory = Folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new ClientProcess(new Process { StartInfo = start });
    }

    /// <summary>Where the scripts are.</summary>
    public static string Folder { get; } = Path.Combine(Support.RepositoryRoot.Path, "Mesh.Tests", "Interop");

    /// <summary>Calls a service so often, at most so many at once, and gives the results in the order of the calls' begin.</summary>
    public Task<IReadOnlyList<CallResult>> Call(CallSpec call, int count, int atOnce) => Send(id => new
    {
        id, op = "call", service = call.Service, path = call.Path, headers = call.Headers, deadline = call.Deadline.TotalMilliseconds,
        waitForReady = call.WaitForReady, count, atOnce,
    });

    /// <summary>
    /// Calls a service so often a second until <paramref name="stop"/>, without waiting for answers; returns all results when the last
    /// call has ended.
    /// </summary>
    public async Task<IReadOnlyList<CallResult>> Load(CallSpec call, int perSecond, CancellationToken stop)
    {
        var load = 0;
        var results = Send(id => new
        {
            id = load = id, op = "load", service = call.Service, path = call.Path, headers = call.Headers,
            deadline = call.Deadline.TotalMilliseconds, perSecond, mostUnderWay = IDataPlane.MostUnderWay,
        });
        await using var ending = stop.Register(() => Write(new { op = "stop", of = load }));
        return await results;
    }

    /// <summary>Gives up the connections to a service.</summary>
    public Task Forget(string service) => Send(id => new { id, op = "forget", service });

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private Task<IReadOnlyList<CallResult>> Send(Func<int, object> command)
    {
        if (_process.HasExited) throw Ended();
        var id = Interlocked.Increment(ref _ids);
        var result = _open[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Write(command(id));
        // Calls have deadlines of their own, and a load is stopped: this is for a client that answers nothing more.
        return result.Task.WaitAsync(TimeSpan.FromMinutes(5));
    }

    private void Write(object command)
    {
        lock (_process)
        {
            _process.StandardInput.WriteLine(JsonSerializer.Serialize(command, Json));
            _process.StandardInput.Flush();
        }
    }

    private void Take(string? line)
    {
        if (line is not { Length: > 0 } || JsonSerializer.Deserialize<Answer>(line, Json) is not { } answer
            || !_open.TryRemove(answer.Id, out var waiting)) return;
        waiting.SetResult([.. answer.Calls.Select(c => new CallResult(
            Outcomes.OfGrpc(c.Code), c.Code, c.Details, c.Headers.GetValueOrDefault(CallResult.ServerHeader, ""),
            TimeSpan.FromMilliseconds(c.Milliseconds), c.Headers))]);
    }

    private void Fail()
    {
        foreach (var (_, waiting) in _open) waiting.TrySetException(Ended());
    }

    private InvalidOperationException Ended() => new($"The client ended with {_process.ExitCode}: {string.Join('\n', _errors)}");

    private sealed record Answer(int Id, IReadOnlyList<AnsweredCall> Calls);

    private sealed record AnsweredCall(int Code, string Details, double Milliseconds, Dictionary<string, string> Headers);
}
