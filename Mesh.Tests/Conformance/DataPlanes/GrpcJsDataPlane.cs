using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Mesh.Tests.Support;

namespace Mesh.Tests.Conformance.DataPlanes;

/// <summary><c>@grpc/grpc-js-xds</c>, gRPC's own xDS client for Node.js: one process, one ADS stream, one channel a service.</summary>
internal sealed class GrpcJsDataPlane : IDataPlane
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<IReadOnlyList<CallResult>>> _open = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Process _process;
    private int _ids;

    private GrpcJsDataPlane(Process process)
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

    public string Node => "conformance-grpc-js";

    public bool AsksByName => true;

    public static async Task<GrpcJsDataPlane> Start(ConformanceMesh mesh)
    {
        var program = Requires.Program("node", "apt-get install nodejs npm");
        var folder = Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "Interop");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "@grpc", "grpc-js-xds")))
            Requires.Missing("@grpc/grpc-js-xds is not installed: npm ci --prefix Mesh.Tests/Interop");
        var start = new ProcessStartInfo(program, ["conformance-client.mjs"])
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["GRPC_XDS_BOOTSTRAP_CONFIG"] = JsonSerializer.Serialize(new
        {
            xds_servers = new[] { new { server_uri = mesh.ControlPlaneAddress.Authority, channel_creds = new[] { new { type = "insecure" } }, server_features = new[] { "xds_v3" } } },
            node = new { id = "conformance-grpc-js", cluster = "conformance", locality = new { zone = ConformanceMesh.Zone }, metadata = new Dictionary<string, string> { ["mesh.service"] = ConformanceMesh.Caller } },
        });
        var plane = new GrpcJsDataPlane(new Process { StartInfo = start });
        // Its ADS stream begins with the first channel and ends with the last: this one stays.
        await plane.Call(new CallSpec("nobody"), 1, 1);
        return plane;
    }

    public Task<IReadOnlyList<CallResult>> Call(CallSpec call, int count, int atOnce) => Send(id => new
    {
        id, op = "call", service = call.Service, path = call.Path, headers = call.Headers, deadline = call.Deadline.TotalMilliseconds, count, atOnce,
    });

    public async Task<IReadOnlyList<CallResult>> Load(CallSpec call, int perSecond, CancellationToken stop)
    {
        var load = 0;
        var results = Send(id => new
        {
            id = load = id, op = "load", service = call.Service, path = call.Path, headers = call.Headers, deadline = call.Deadline.TotalMilliseconds, perSecond, mostUnderWay = IDataPlane.MostUnderWay,
        });
        await using var ending = stop.Register(() => Write(new { op = "stop", of = load }));
        return await results;
    }

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
        if (line is not { Length: > 0 } || JsonSerializer.Deserialize<Answer>(line, Json) is not { } answer || !_open.TryRemove(answer.Id, out var waiting)) return;
        waiting.SetResult([.. answer.Calls.Select(c => new CallResult(
            Outcomes.OfGrpc(c.Code), c.Code, c.Details, c.Headers.GetValueOrDefault(CallResult.ServerHeader, ""), TimeSpan.FromMilliseconds(c.Milliseconds), c.Headers))]);
    }

    private void Fail()
    {
        foreach (var (_, waiting) in _open) waiting.TrySetException(new InvalidOperationException($"node ended: {string.Join('\n', _errors)}"));
    }

    private sealed record Answer(int Id, IReadOnlyList<AnsweredCall> Calls);

    private sealed record AnsweredCall(int Code, string Details, double Milliseconds, Dictionary<string, string> Headers);
}
