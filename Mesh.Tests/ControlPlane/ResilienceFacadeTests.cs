using System.Text.Json;
using Grpc.Core;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Log;
using Mesh.Resilience.State;
using Mesh.Tests.Registry;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.ControlPlane;

[Collection(RegistryCollection.Name)]
public class ResilienceFacadeTests(SharedRegistry registry)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writes_go_to_the_registry_and_its_refusals_come_back()
    {
        await using var host = await ControlPlaneHarness.Start(settings: new Dictionary<string, string?>
        {
            ["services:registry:http:0"] = registry.Address.ToString(),
        });
        var client = new V1.Resilience.ResilienceClient(host.Channel);
        var request = new V1.SetPolicyRequest { Service = "shop", Namespace = "facade", Bulkhead = new() { MaxConcurrent = 5 } };
        Assert.True((await client.SetPolicyAsync(request, cancellationToken: Token)).Changed);
        Assert.Single((await registry.Get("/api/resilience/policies?namespace=facade")).Body.GetProperty("items").EnumerateArray());
        Assert.True(
            (await client.RemovePolicyAsync(new() { Service = "shop", Namespace = "facade", Kind = "bulkhead" },
                cancellationToken: Token)).Changed);

        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await client.SetPolicyAsync(new() { Service = "NO" }, cancellationToken: Token));
        Assert.Equal((StatusCode.InvalidArgument, 2),
            (refused.StatusCode, JsonElement.Parse(refused.Trailers.GetValueBytes("problem-bin")!).GetProperty("errors").GetArrayLength()));
    }

    [Fact]
    public async Task The_list_is_the_replica_s()
    {
        await using var host = await ControlPlaneHarness.Start();
        host.Replica.Append(
            NewEvent.Of(ResilienceStreams.Policy(new("default", "shop"), PolicyKind.Bulkhead),
                new BulkheadSet("default", "shop", new BulkheadPolicy { MaxQueued = 0 })));
        var policy = Assert.Single(
            (await new V1.Resilience.ResilienceClient(host.Channel).ListPoliciesAsync(new(), cancellationToken: Token)).Items);
        Assert.Equal(("shop", "bulkhead", 50, 0), (policy.Service, policy.Kind, policy.Bulkhead.MaxConcurrent, policy.Bulkhead.MaxQueued));
    }
}
