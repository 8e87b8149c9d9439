using System.Globalization;
using Mesh.Tests.Support;

namespace Mesh.Tests.Interop;

/// <summary><c>core-server.py</c>: a server of gRPC's C-core.</summary>
internal sealed class CoreServer : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private CoreServer(ChildProcess process) => _process = process;

    public int Port { get; private set; }

    /// <summary>Starts one with these channel arguments, each <c>name=number</c>.</summary>
    public static async Task<CoreServer> Start(params string[] arguments)
    {
        var script = Path.Combine(RepositoryRoot.Path, "Mesh.Tests", "Interop", "core-server.py");
        var server = new CoreServer(ChildProcess.StartProgram(CoreClient.Program(), null, [script, .. arguments]));
        await Eventually.True(
            () => server.Lines("port ") is [var port]
                && (server.Port = int.Parse(port["port ".Length..], CultureInfo.InvariantCulture)) > 0,
            TimeSpan.FromSeconds(60), "the C-core server listens");
        return server;
    }

    /// <summary>How often this method was called.</summary>
    public int Calls(string method) => Lines($"call {method}").Length;

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private string[] Lines(string start) =>
        [.. _process.Output.Split('\n').Where(line => line.StartsWith(start, StringComparison.Ordinal))];
}
