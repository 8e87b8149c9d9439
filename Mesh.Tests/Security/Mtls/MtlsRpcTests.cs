using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Contracts.Security;
using Mesh.Kernel.Log;
using Mesh.Security.State;
using Mesh.Tests.ControlPlane;
using Mesh.Tests.Registry;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Security.Mtls;

[Collection(RegistryCollection.Name)]
public sealed class MtlsRpcTests(SharedRegistry registry) : IDisposable
{
    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(registry.Address);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    private V1.Security.SecurityClient Security => new(_channel);

    public void Dispose() => _channel.Dispose();

    [Fact]
    public async Task A_mode_is_set_listed_and_removed()
    {
        var request = new V1.SetMtlsModeRequest { Service = "shop", Namespace = "mtls-rpc" };
        var first = await Security.SetMtlsModeAsync(request, cancellationToken: Ending);
        Assert.True(first is { Changed: true, Revision: > 0 });
        Assert.False((await Security.SetMtlsModeAsync(request, cancellationToken: Ending)).Changed);
        var list = await Security.ListMtlsModesAsync(new() { Namespace = "mtls-rpc", MinSequence = first.Sequence },
            cancellationToken: Ending);
        Assert.Equal(
            new V1.MtlsModeInfo
            {
                Service = "shop", Namespace = "mtls-rpc", Mode = "strict", Effective = "strict",
                SpiffeId = "spiffe://cdaprod.mesh/ns/mtls-rpc/sa/shop", Revision = first.Revision,
            }, Assert.Single(list.Items));
        var removal = new V1.RemoveMtlsModeRequest { Service = "shop", Namespace = "mtls-rpc" };
        Assert.True(await Security.RemoveMtlsModeAsync(removal, cancellationToken: Ending) is { Changed: true, Revision: 0 });
        Assert.False((await Security.RemoveMtlsModeAsync(removal, cancellationToken: Ending)).Changed);
    }

    [Fact]
    public async Task Refusals_carry_the_problem_details_of_REST()
    {
        Assert.Equal(["mode", "namespace", "service"], await Refused(Security.SetMtlsModeAsync(
            new() { Service = "NO", Namespace = "a_b", Mode = "tls" }, cancellationToken: Ending)));
        Assert.Equal(["service"], await Refused(Security.SetMtlsModeAsync(new(), cancellationToken: Ending)));
        Assert.Equal(["service"], await Refused(Security.RemoveMtlsModeAsync(
            new() { Service = "", Namespace = "mtls-rpc-none" }, cancellationToken: Ending)));
        Assert.Equal(["min_sequence", "service"], await Refused(Security.ListMtlsModesAsync(
            new() { Service = "NO", MinSequence = -1 }, cancellationToken: Ending)));
        var stale = await Assert.ThrowsAsync<RpcException>(async () => await Security.SetMtlsModeAsync(
            new() { Service = "shop", Namespace = "mtls-rpc-if" }, new Metadata { { "if-match", "\"3\"" } }, cancellationToken: Ending));
        Assert.Equal(StatusCode.FailedPrecondition, stale.StatusCode);
    }

    [Fact]
    public async Task Through_a_control_plane_writes_go_to_the_registry_and_its_refusals_come_back()
    {
        await using var host = await ControlPlaneHarness.Start(settings: new Dictionary<string, string?>
        {
            ["services:registry:http:0"] = registry.Address.ToString(),
        });
        var client = new V1.Security.SecurityClient(host.Channel);
        Assert.True((await client.SetMtlsModeAsync(new() { Namespace = "mtls-facade", Mode = "permissive" }, cancellationToken: Ending))
            .Changed);
        Assert.Equal("permissive",
            Assert.Single((await Security.ListMtlsModesAsync(new() { Namespace = "mtls-facade" }, cancellationToken: Ending)).Items).Mode);
        Assert.True((await client.RemoveMtlsModeAsync(new() { Namespace = "mtls-facade" }, cancellationToken: Ending)).Changed);
        Assert.Equal(["service"], await Refused(client.SetMtlsModeAsync(new(), cancellationToken: Ending)));
        // What is not in the log is asked of a registry.
        Assert.Equal("cdaprod.mesh", (await client.GetAuthorityAsync(new(), cancellationToken: Ending)).TrustDomain);
    }

    [Fact]
    public async Task Through_a_control_plane_the_list_is_the_replica_s()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Register("shop", "10.0.0.1");
        host.Replica.Append(NewEvent.Of(SecurityStreams.Mtls(new("default", null)),
            new MtlsModeSet("default", null, MtlsMode.Strict, "cdaprod.mesh")));
        var items = (await new V1.Security.SecurityClient(host.Channel).ListMtlsModesAsync(new(), cancellationToken: Ending)).Items;
        Assert.Equal(["/strict/", "shop//strict"], items.Select(item => $"{item.Service}/{item.Mode}/{item.Effective}"));
    }

    private static async Task<IEnumerable<string>> Refused<T>(AsyncUnaryCall<T> call)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        return JsonElement.Parse(refused.Trailers.GetValueBytes("problem-bin")!).GetProperty("errors").EnumerateArray()
            .Select(error => error.GetProperty("field").GetString()!).Order(StringComparer.Ordinal);
    }
}
