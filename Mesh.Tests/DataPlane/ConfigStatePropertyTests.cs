using CsCheck;
using Mesh.DataPlane.Configuration;
using Mesh.Tests.DataPlane.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.DataPlane;

/// <summary>The snapshot is built change by change; here it is held against one that is built at once.</summary>
public class ConfigStatePropertyTests
{
    private static readonly TimeSpan WarmFor = TimeSpan.FromSeconds(5);
    private static readonly string[] Services = ["a", "b", "c", "d.shop"];

    [Fact]
    public void Whatever_the_order_of_changes_the_snapshot_is_that_of_what_is_left_in_the_end()
    {
        var step = Gen.Select(Gen.Int[0, 5], Gen.Int[0, Services.Length - 1], Gen.Int[0, Services.Length - 1], Gen.Int[1, 9]);
        step.Array[0, 60].Sample(steps =>
        {
            var time = new FakeTimeProvider();
            var state = new ConfigState(wildcard: true, WarmFor, time);
            foreach (var (kind, service, other, number) in steps)
                Take(state, kind, Services[service], Services[other], number);
            var whole = new ConfigState(wildcard: true, WarmFor, time);
            foreach (var response in state.Export())
                Assert.Empty(whole.Apply(response));

            // What still waits for clusters that never come is in force after the deadline.
            time.Advance(WarmFor);
            state.Tick();
            whole.Tick();
            Assert.Equal(Picture(whole), Picture(state));
        }, iter: 500);
    }

    private static void Take(ConfigState state, int kind, string service, string other, int number)
    {
        switch (kind)
        {
            case 0:
                Set(state, XdsResource.Of(ListenerBuilder.Api(service)));
                break;
            case 1:
                Set(state, XdsResource.Of(RouteConfigurationBuilder.ToCluster(service, XdsNames.Domains(service), other)));
                break;
            case 2:
                // Endpoints come when the cluster has come: they are asked for then.
                Set(state, XdsResource.Of(ClusterBuilder.Eds(service, XdsFlavour.Mesh, "http")));
                Set(state, TestControlPlane.Assignment(service, "http", (9_000 + number, number)));
                break;
            case 3:
                Set(state, TestControlPlane.Assignment(service, "http", [.. Enumerable.Range(1, number).Select(n => (9_000 + n, n))]));
                break;
            default:
                XdsType type = kind == 4 ? XdsTypes.Listener : XdsTypes.Cluster;
                Assert.Empty(state.Apply(new DeltaDiscoveryResponse { TypeUrl = type.Url, RemovedResources = { service } }));
                break;
        }
    }

    private static void Set(ConfigState state, XdsResource resource) =>
        Assert.Empty(state.Apply(new DeltaDiscoveryResponse { TypeUrl = resource.Type.Url, Resources = { resource.Delta } }));

    private static IEnumerable<string> Picture(ConfigState state) =>
    [
        .. state.Snapshot.Listeners.Values.Select(l => $"{l.Name} -> {string.Join(',', l.Clusters)}").Order(),
        .. state.Snapshot.Clusters.Values
            .Select(c => $"{c.Name}: {string.Join(',', c.Endpoints.Select(e => $"{e.State.Address}*{e.Weight}"))}").Order(),
    ];
}
