using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Xds;

public class LoadAssignmentBuilderTests
{
    private static readonly XdsEndpoint Plain = new("10.0.0.1", 80, 100, "", "a", "", "http", false);

    [Fact]
    public void Zones_become_localities_in_one_order_weighing_what_their_endpoints_weigh()
    {
        var made = LoadAssignmentBuilder.Of("echo", XdsFlavour.Envoy,
        [
            Plain with { Instance = "c", Address = "10.0.0.3", Zone = "z2", Weight = 5 },
            Plain with { Instance = "b", Address = "10.0.0.2", Zone = "z1", Weight = 3 },
            Plain with { Instance = "a", Address = "10.0.0.1", Zone = "z2", Weight = 7 },
        ]);

        Assert.Equal(["z1", "z2"], made.Endpoints.Select(l => l.Locality.Zone));
        Assert.Equal([3u, 12u], made.Endpoints.Select(l => l.LoadBalancingWeight!.Value));
        Assert.Equal(["10.0.0.1", "10.0.0.3"], made.Endpoints[1].LbEndpoints.Select(e => e.Endpoint.Address.SocketAddress.Address));
        Assert.Equal([7u, 5u], made.Endpoints[1].LbEndpoints.Select(e => e.LoadBalancingWeight!.Value));
    }

    [Fact]
    public void For_grpc_every_weight_of_a_zone_is_a_locality_of_its_own()
    {
        var made = LoadAssignmentBuilder.Of("echo", XdsFlavour.Grpc,
        [
            Plain with { Instance = "a", Address = "10.0.0.1", Weight = 1 },
            Plain with { Instance = "b", Address = "10.0.0.2", Weight = 9 },
            Plain with { Instance = "c", Address = "10.0.0.3", Weight = 9 },
        ]);

        Assert.Equal([("w1", 1u), ("w9", 18u)], made.Endpoints.Select(l => (l.Locality.SubZone, l.LoadBalancingWeight!.Value)));
    }

    [Fact]
    public void Weight_zero_takes_an_endpoint_out()
    {
        var made = LoadAssignmentBuilder.Of("echo", XdsFlavour.Mesh, [Plain with { Weight = 0 }]);

        Assert.Empty(made.Endpoints);
    }

    [Fact]
    public void An_address_that_two_instances_share_appears_once()
    {
        var made = LoadAssignmentBuilder.Of("echo", XdsFlavour.Mesh,
            [Plain with { Instance = "b", Version = "v2" }, Plain with { Instance = "a", Version = "v1" }]);

        var endpoint = Assert.Single(Assert.Single(made.Endpoints).LbEndpoints);
        Assert.Equal("a", MeshMetadata.Read(endpoint.Metadata, "instance"));
    }

    [Fact]
    public void A_warning_stays_in_with_its_health_unknown()
    {
        var made = LoadAssignmentBuilder.Of("echo", XdsFlavour.Mesh,
            [Plain with { Warning = true }, Plain with { Instance = "b", Port = 81 }]);

        Assert.Equal([HealthStatus.Unknown, HealthStatus.Healthy], Assert.Single(made.Endpoints).LbEndpoints.Select(e => e.HealthStatus));
    }

    [Theory]
    [InlineData(XdsFlavour.Grpc)]
    [InlineData(XdsFlavour.Envoy)]
    [InlineData(XdsFlavour.Mesh)]
    public void One_endpoint_alone_is_written_as_what_is_left_of_several(XdsFlavour flavour)
    {
        var one = Plain with { Zone = "z2", Weight = 7 };
        var alone = LoadAssignmentBuilder.Of("echo", flavour, [one, Plain with { Instance = "c", Port = 81, Weight = 0 }], ["z1", "z2"]);

        Assert.Equal(LoadAssignmentBuilder.Of("echo", flavour, [one with { Instance = "b" }, one], ["z1", "z2"]), alone);
        Assert.Equal((7u, 0u, "z2"),
            (alone.Endpoints[0].LoadBalancingWeight!.Value, alone.Endpoints[0].Priority, alone.Endpoints[0].Locality.Zone));
    }

    [Fact]
    public void An_assignment_without_endpoints_is_told_from_its_bytes()
    {
        Assert.True(LoadAssignmentBuilder.IsEmpty(CanonicalProtobuf.Serialize(LoadAssignmentBuilder.Of("echo", XdsFlavour.Grpc, []))));
        Assert.False(
            LoadAssignmentBuilder.IsEmpty(CanonicalProtobuf.Serialize(LoadAssignmentBuilder.Of("echo", XdsFlavour.Grpc, [Plain]))));
    }
}
