using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Mesh.Identity;
using Mesh.Tests.Support;

namespace Mesh.Tests.Interop;

/// <summary>One call that the client reports.</summary>
/// <param name="Code">The gRPC status; 0 is OK.</param>
/// <param name="Details">Its text.</param>
/// <param name="Server">Which server answered.</param>
/// <param name="Milliseconds">How long it took.</param>
internal sealed record ReportedCall(int Code, string Details, string Server, int Milliseconds);

/// <summary><c>xds-client.mjs</c>: gRPC's own xDS client for Node.js, calling a service again and again.</summary>
internal sealed class XdsClientProcess : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ITestOutputHelper? _output = TestContext.Current.TestOutputHelper;

    private XdsClientProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public ConcurrentQueue<ReportedCall> Calls { get; } = new();

    public static XdsClientProcess Start(Uri controlPlane, string service, string node, TimeSpan pause, SvidFolder? identity = null)
    {
        var program = Requires.Program("node", "apt-get install nodejs npm");
        var folder = Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "Interop");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "@grpc", "grpc-js-xds")))
            Requires.Missing("@grpc/grpc-js-xds is not installed: npm ci --prefix Mesh.Tests/Interop");
        var start = new ProcessStartInfo(program,
            ["xds-client.mjs", service, pause.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)])
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["GRPC_XDS_BOOTSTRAP_CONFIG"] = JsonSerializer.Serialize(new
        {
            xds_servers = new[] {
                new { server_uri = controlPlane.Authority, channel_creds = new[] { new { type = "insecure" } },
                    server_features = new[] { "xds_v3" } } },
            // grpc-js insists on a locality, even an empty one.
            node = new { id = node, cluster = "interop", locality = new { } },
            certificate_providers = FileWatcher.Of(identity),
        });
        start.Environment["TEST_XDS_CREDENTIALS"] = identity is null ? "0" : "1";
        return new XdsClientProcess(new Process { StartInfo = start });
    }

    /// <summary>The calls that ended after now, until <paramref name="enough"/> holds for them.</summary>
    public async Task<List<ReportedCall>> From(int index, Func<List<ReportedCall>, bool> enough, string because)
    {
        List<ReportedCall> calls = [];
        await Eventually.True(
            () =>
            {
                Assert.False(_process.HasExited, $"node ended: {string.Join('\n', _errors)}");
                calls = [.. Calls.Skip(index)];
                return enough(calls);
            },
            TimeSpan.FromSeconds(60), because);
        return calls;
    }

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

        _output?.WriteLine($"{Calls.Count} calls; node said: {string.Join('\n', _errors)}");
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is { Length: > 0 } && JsonSerializer.Deserialize<ReportedCall>(line, Json) is { } call) Calls.Enqueue(call);
    }
}
