using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Ads;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>A client whose library is known to break on something gets the nearest that it bears, and nobody else does.</summary>
public class LibraryFaultsTests
{
    private static readonly XdsResource Ring = XdsResource.Of(new Cluster
    {
        Name = "shop", LbPolicy = Cluster.Types.LbPolicy.RingHash,
        RingHashLbConfig = new Cluster.Types.RingHashLbConfig { MinimumRingSize = 1024 },
    });

    [Theory]
    [InlineData("gRPC C-core linux Python", "C-core 28.0.0 Python 1.50.0", Cluster.Types.LbPolicy.RoundRobin)]
    [InlineData("gRPC C-core linux Python", "C-core 29.0.0 Python 1.51.1", Cluster.Types.LbPolicy.RoundRobin)]
    [InlineData("gRPC C-core linux", "C-core 30.0.0", Cluster.Types.LbPolicy.RingHash)]
    [InlineData("gRPC Node Pure JS", "1.14.0", Cluster.Types.LbPolicy.RingHash)]
    [InlineData("gRPC Go", "1.51.0", Cluster.Types.LbPolicy.RingHash)]
    [InlineData("", "", Cluster.Types.LbPolicy.RingHash)]
    public void A_ring_is_kept_from_the_libraries_whose_process_it_ends(string name, string version, Cluster.Types.LbPolicy policy)
    {
        var given = Cluster.Parser.ParseFrom(Given(name, version, Ring).Packed.Value);
        Assert.Equal((policy, policy == Cluster.Types.LbPolicy.RingHash), (given.LbPolicy, given.RingHashLbConfig is not null));
    }

    [Theory]
    [InlineData("gRPC C-core linux Python", 1, 3)]
    [InlineData("gRPC C-core linux Python", 0, 0)]
    [InlineData("gRPC Node Pure JS", 1, 1)]
    public void A_routes_timeout_is_longer_for_a_library_that_ends_it_up_to_two_seconds_early(string name, int seconds, int given)
    {
        var routes = XdsResource.Of(new RouteConfiguration
        {
            Name = "shop",
            VirtualHosts = {
                new VirtualHost
                {
                    Routes = {
                        new Route
                        {
                            Route_ = new RouteAction
                            {
                                MaxStreamDuration = new() { MaxStreamDuration_ = new Duration { Seconds = seconds } },
                            },
                        } },
                } },
        });
        Assert.Equal(given,
            RouteConfiguration.Parser.ParseFrom(Given(name, "C-core 29.0.0", routes).Packed.Value).VirtualHosts[0].Routes[
                0].Route_.MaxStreamDuration.MaxStreamDuration_.Seconds);
    }

    [Fact]
    public void What_it_need_not_change_is_the_very_same_resource()
    {
        var plain = XdsResource.Of(new Cluster { Name = "plain" });
        Assert.Same(plain, Given("gRPC C-core linux", "C-core 29.0.0", plain));
        Assert.Same(Given("gRPC C-core linux", "C-core 29.0.0", Ring), Given("gRPC C-core linux", "C-core 29.1.0", Ring));
    }

    private static XdsResource Given(string name, string version, XdsResource resource) =>
        NodeIdentity.Of(new Node { Id = "a", UserAgentName = name, UserAgentVersion = version }).Faults.Adapt(resource);
}
