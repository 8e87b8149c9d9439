using Grpc.Core;
using Grpc.Health.V1;
using Mesh.AspNetCore;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Security;
using Mesh.Kernel.Log;
using Mesh.Security.State;
using Mesh.Tests.Conformance;
using Mesh.Tests.ControlPlane;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Interop;

/// <summary>
/// gRPC's own clients at a service with a mode of mutual TLS: their certificate comes from files that the agent keeps
/// (<c>file_watcher</c>, gRFC A29), the rest from the control plane.
/// </summary>
public sealed class MutualTlsTests : IAsyncLifetime
{
    private const int Unavailable = 14;
    private const string Check = "/grpc.health.v1.Health/Check";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan OftenEnough = TimeSpan.FromMilliseconds(20);
    private SigningRegistry _registry = null!;
    private ControlPlaneHarness _host = null!;

    public async ValueTask InitializeAsync()
    {
        _registry = await SigningRegistry.Start();
        _host = await ControlPlaneHarness.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _registry.DisposeAsync();
    }

    [Fact]
    public async Task Grpc_core_with_a_certificate_reaches_a_strict_service_and_a_plain_client_does_not()
    {
        await using var server = await Serve("rpc", MeshTlsMode.Strict);
        await SetMode(MtlsMode.Strict, server);
        var (files, _) = await _registry.Join("caller", "caller");
        await using var secure = CoreClient.Start(_host.Address, "core-secure", backupPoll: OftenEnough, identity: files);
        await Answered(secure, "spiffe://cdaprod.mesh/ns/default/sa/caller");
        await using var plain = CoreClient.Start(_host.Address, "core-plain", backupPoll: OftenEnough);
        Assert.Equal(Unavailable, (await plain.Call(new("rpc") { Path = Check, Deadline = TimeSpan.FromSeconds(10) }, 1, 1))[0].Status);
    }

    [Fact]
    public async Task Grpc_core_takes_no_other_service_for_the_one_it_calls()
    {
        await using var other = await Serve("other", MeshTlsMode.Strict);
        await SetMode(MtlsMode.Strict, other);
        var (files, _) = await _registry.Join("caller", "caller");
        await using var client = CoreClient.Start(_host.Address, "core-picky", backupPoll: OftenEnough, identity: files);
        Assert.Equal(Unavailable, (await client.Call(new("rpc") { Path = Check, Deadline = TimeSpan.FromSeconds(10) }, 1, 1))[0].Status);
    }

    [Fact]
    public async Task Grpc_core_with_or_without_a_certificate_reaches_a_permissive_service()
    {
        await using var server = await Serve("rpc", MeshTlsMode.Permissive);
        await SetMode(MtlsMode.Permissive, server);
        var (files, _) = await _registry.Join("caller", "caller");
        await using var secure = CoreClient.Start(_host.Address, "core-secure", backupPoll: OftenEnough, identity: files);
        await using var plain = CoreClient.Start(_host.Address, "core-plain", backupPoll: OftenEnough);
        await Answered(secure, "nobody");
        await Answered(plain, "nobody");
    }

    [Fact]
    public async Task Grpc_for_Node_with_a_certificate_reaches_a_strict_service_and_follows_a_change_of_mode()
    {
        await using var server = await Serve("rpc", MeshTlsMode.Permissive);
        await SetMode(MtlsMode.Disable, server);
        var (files, _) = await _registry.Join("caller", "caller");
        await using var client = XdsClientProcess.Start(_host.Address, "rpc", "node-secure", OftenEnough, files);
        await client.From(0, calls => calls.Any(call => call.Server == "nobody"), "plaintext is answered");
        await SetMode(MtlsMode.Strict);
        await client.From(0, calls => calls.Any(call => call.Server == "spiffe://cdaprod.mesh/ns/default/sa/caller"), "TLS is answered");
        await using var plain = XdsClientProcess.Start(_host.Address, "rpc", "node-plain", OftenEnough);
        await SetMode(MtlsMode.Disable);
        await plain.From(0, calls => calls.Any(call => call.Server == "nobody"), "plaintext is answered again");
        Assert.All(client.Calls, call => Assert.Equal((0, ""), (call.Code, call.Details)));
    }

    private static Task Answered(ClientProcess client, string caller)
    {
        CallResult? last = null;
        return Eventually.True(async () => (last = (await client.Call(new("rpc") { Path = Check }, 1, 1))[0]).Server == caller, Patience,
            () => $"{caller} is answered, not {last}");
    }

    private async Task SetMode(MtlsMode mode, MeshServer? instance = null)
    {
        if (instance is not null)
            _host.Replica.Register("rpc", "127.0.0.1", instance.Port, protocol: MeshProtocol.Grpc);
        _host.Replica.Append(NewEvent.Of(SecurityStreams.Mtls(new("default", "rpc")),
            new MtlsModeSet("default", "rpc", mode, mode == MtlsMode.Disable ? null : "cdaprod.mesh")));
        await _host.Compiled();
    }

    private Task<MeshServer> Serve(string service, MeshTlsMode mode) => MeshServer.Start(_registry, service, mode,
        map: app => app.MapGrpcService<WhoCalls>(), build: builder => builder.Services.AddGrpc(), protocols: HttpProtocols.Http2);

    private sealed class WhoCalls : Health.HealthBase
    {
        public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
        {
            var peer = context.GetHttpContext().GetPeerSpiffeId() ?? "nobody";
            await context.WriteResponseHeadersAsync(new Metadata { { "server", peer }, { "x-server", peer } });
            return new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving };
        }
    }
}
