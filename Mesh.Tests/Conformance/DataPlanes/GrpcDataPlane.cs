using System.Text.Json;
using Mesh.Tests.Interop;
using Mesh.Tests.Support;

namespace Mesh.Tests.Conformance.DataPlanes;

/// <summary>A gRPC client with xDS of its own: one process, one ADS stream, one channel a service.</summary>
internal sealed class GrpcDataPlane(string node, ClientProcess process) : IDataPlane
{
    private const string JsNode = "conformance-grpc-js", CoreNode = "conformance-grpc-core";

    public string Node => node;

    public bool AsksByName => true;

    /// <summary><c>@grpc/grpc-js-xds</c>, gRPC's own for Node.js.</summary>
    public static Task<GrpcDataPlane> StartJs(ConformanceMesh mesh)
    {
        var program = Requires.Program("node", "apt-get install nodejs npm");
        if (!Directory.Exists(Path.Combine(ClientProcess.Folder, "node_modules", "@grpc", "grpc-js-xds")))
            Requires.Missing("@grpc/grpc-js-xds is not installed: npm ci --prefix Mesh.Tests/Interop");
        var bootstrap = JsonSerializer.Serialize(new
        {
            xds_servers = new[] {
                new { server_uri = mesh.ControlPlaneAddress.Authority, channel_creds = new[] { new { type = "insecure" } },
                    server_features = new[] { "xds_v3" } } },
            node = new { id = JsNode, cluster = "conformance", locality = new { zone = ConformanceMesh.Zone },
                metadata = new Dictionary<string, string> { ["mesh.service"] = ConformanceMesh.Caller } },
        });
        return Connected(JsNode,
            ClientProcess.Start(program, "conformance-client.mjs",
                new Dictionary<string, string> { ["GRPC_XDS_BOOTSTRAP_CONFIG"] = bootstrap }));
    }

    /// <summary>
    /// gRPC C-core. It reads while nothing is called only as often as its backup poller runs, which scenarios that wait for its answers
    /// would wait for.
    /// </summary>
    public static Task<GrpcDataPlane> StartCore(ConformanceMesh mesh) =>
        Connected(CoreNode,
            CoreClient.Start(mesh.ControlPlaneAddress, CoreNode, ConformanceMesh.Zone, ConformanceMesh.Caller,
                backupPoll: TimeSpan.FromMilliseconds(20)));

    public Task<IReadOnlyList<CallResult>> Call(CallSpec call, int count, int atOnce) => process.Call(call, count, atOnce);

    public Task<IReadOnlyList<CallResult>> Load(CallSpec call, int perSecond, CancellationToken stop) =>
        process.Load(call, perSecond, stop);

    public Task Forget(string service) => process.Forget(service);

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private static async Task<GrpcDataPlane> Connected(string node, ClientProcess process)
    {
        // Its ADS stream begins with the first channel and ends with the last: this one stays.
        await process.Call(new CallSpec("nobody"), 1, 1);
        return new GrpcDataPlane(node, process);
    }
}
