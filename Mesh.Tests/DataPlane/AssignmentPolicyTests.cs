using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Loads;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Time.Testing;
using Policy = Mesh.Xds.Protos.ClusterLoadAssignment.Types.Policy;

namespace Mesh.Tests.DataPlane;

/// <summary>What comes with endpoints beside themselves: <c>ClusterLoadAssignment.Policy</c>.</summary>
public class AssignmentPolicyTests
{
    private readonly ConfigState _state = new(wildcard: true, TimeSpan.FromSeconds(5), new FakeTimeProvider());

    [Theory]
    [InlineData(100u, 50)]
    [InlineData(140u, 70)]
    [InlineData(200u, 100)]
    public void The_overprovisioning_factor_says_how_much_a_level_keeps_that_has_lost_half_of_its_endpoints(uint factor, int keeps)
    {
        var assignment = Assignment();
        assignment.Policy = new Policy { OverprovisioningFactor = factor };
        Assert.Empty(Apply(assignment));
        Assert.InRange(ShareOfFirst(), keeps - 1.5, keeps + 1.5);
    }

    [Fact]
    public void Without_a_word_about_it_the_factor_is_one_and_four_tenths()
    {
        Assert.Empty(Apply(Assignment()));
        Assert.InRange(ShareOfFirst(), 68.5, 71.5);
    }

    [Fact]
    public void Each_category_drops_its_share_of_what_those_before_it_let_pass()
    {
        const int draws = 100_000;
        var assignment = Assignment();
        assignment.Policy = new Policy
        {
            DropOverloads =
            {
                new Policy.Types.DropOverload { Category = "throttle", DropPercentage = new FractionalPercent { Numerator = 60 } },
                new Policy.Types.DropOverload
                {
                    Category = "lb",
                    DropPercentage = new FractionalPercent
                    {
                        Numerator = 500_000,
                        Denominator = FractionalPercent.Types.DenominatorType.Million,
                    },
                },
            },
        };
        Assert.Empty(Apply(assignment));
        var policy = _state.Snapshot.Clusters.Find("shop")!.Config.Assignment;
        var random = TestSeed.Draws(20_26);
        var drawn = Enumerable.Range(0, draws).Select(_ => policy.Draw(random) ?? "").CountBy(c => c).ToDictionary();
        Assert.InRange(drawn["throttle"] / (double)draws, 0.59, 0.61);
        Assert.InRange(drawn["lb"] / (double)draws, 0.19, 0.21);
        Assert.InRange(drawn[""] / (double)draws, 0.19, 0.21);
    }

    [Fact]
    public void What_was_dropped_is_reported_once_by_category()
    {
        var book = new TallyBook();
        var tally = new ClusterTally("shop", book);
        for (var i = 0; i < 3; i++)
            tally.DropShare("throttle");
        var first = LoadReport.Of(book, _ => true, 0, TimeProvider.System);
        Assert.Equal(("throttle", 3UL),
            Assert.Single(first.Request.ClusterStats[0].DroppedRequests.Select(d => (d.Category, d.DroppedCount))));
        Assert.Equal(3UL, first.Request.ClusterStats[0].TotalDroppedRequests);
        first.Sent();
        Assert.Empty(LoadReport.Of(book, _ => true, 0, TimeProvider.System).Request.ClusterStats);
    }

    [Fact]
    public void What_is_said_with_endpoints_goes_with_them()
    {
        var assignment = Assignment();
        assignment.Policy = new Policy { OverprovisioningFactor = 100 };
        Apply(assignment);
        Apply(Assignment());
        Assert.Same(AssignmentPolicy.Default, _state.Snapshot.Clusters.Find("shop")!.Config.Assignment);
    }

    [Fact]
    public void A_factor_of_nothing_is_refused_by_its_field()
    {
        var assignment = Assignment();
        assignment.Policy = new Policy { OverprovisioningFactor = 0 };
        Assert.Contains("policy.overprovisioning_factor", Assert.Single(Apply(assignment)));
    }

    /// <summary>Two endpoints first, of which one is not well, and two behind them.</summary>
    private static ClusterLoadAssignment Assignment()
    {
        var assignment = new ClusterLoadAssignment { ClusterName = "shop" };
        for (var level = 0; level < 2; level++)
        {
            var locality = new LocalityLbEndpoints { Priority = (uint)level };
            for (var i = 0; i < 2; i++)
            {
                locality.LbEndpoints.Add(new LbEndpoint
                {
                    Endpoint = new Endpoint
                    {
                        Address = new Address { SocketAddress = new SocketAddress { Address = $"10.0.{level}.{i + 1}", PortValue = 80 } },
                    },
                    HealthStatus = level == 0 && i == 0 ? HealthStatus.Unhealthy : HealthStatus.Healthy,
                });
            }

            assignment.Endpoints.Add(locality);
        }

        return assignment;
    }

    private IReadOnlyList<string> Apply(ClusterLoadAssignment assignment)
    {
        Apply(XdsResource.Of(ClusterBuilder.Eds("shop", XdsFlavour.Mesh, "http")));
        return Apply(XdsResource.Of(assignment));
    }

    private IReadOnlyList<string> Apply(XdsResource resource) =>
        _state.Apply(new DeltaDiscoveryResponse { TypeUrl = resource.Type.Url, Resources = { resource.Delta } });

    private double ShareOfFirst()
    {
        const int picks = 20_000;
        var picker = _state.Snapshot.Clusters.Find("shop")!.Picker;
        return Enumerable.Range(0, picks).Count(_ => picker.Pick([], 0)!.Config.Priority == 0) * 100.0 / picks;
    }
}
