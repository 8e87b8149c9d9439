using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Discovery.Xds;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>A module's contributor that throws, as a plug-in of anybody's may.</summary>
public class ContributorFaultTests
{
    private readonly FakeReplica _replica = new();
    private readonly RoutesForTests _routes = new();
    private readonly XdsCompiler _compiler;
    private readonly StateSubscription _changes;
    private XdsSnapshot _snapshot = XdsSnapshot.None;

    public ContributorFaultTests()
    {
        _compiler = new XdsCompiler([new DiscoveryXdsContributor(), _routes], Enum.GetValues<XdsFlavour>());
        _changes = _replica.Subscribe();
    }

    [Fact]
    public async Task A_contributor_that_throws_harms_only_its_service()
    {
        _replica.Register("bad", "10.0.0.1");
        _replica.Register("good", "10.0.0.1");
        _routes.Throwing = "bad";
        await Compile();

        Assert.Null(_snapshot[XdsFlavour.Mesh].Find(XdsTypes.Listener, "bad"));
        Assert.NotNull(_snapshot[XdsFlavour.Mesh].Find(XdsTypes.Listener, "good"));
        Assert.Contains("InvalidOperationException", Assert.Single(_compiler.Problems[new ServiceKey("default", "bad")]));
    }

    [Fact]
    public async Task A_contributor_that_cannot_tell_a_services_shape_holds_back_its_configuration_alone()
    {
        _replica.Register("bad", "10.0.0.1");
        await Compile();
        var routes = Version(XdsTypes.RouteConfiguration, "bad");
        _routes.Shapeless = "bad";
        _routes.Targets["bad"] = "good";
        _replica.Register("bad", "10.0.0.2");
        _replica.Register("good", "10.0.0.1");
        await Compile();

        Assert.Equal(routes, Version(XdsTypes.RouteConfiguration, "bad"));
        Assert.Equal(["10.0.0.1", "10.0.0.2"], Addresses("bad"));
        Assert.NotNull(_snapshot[XdsFlavour.Mesh].Find(XdsTypes.Listener, "good"));
        Assert.Contains("InvalidOperationException", Assert.Single(_compiler.Problems[new ServiceKey("default", "bad")]));

        _routes.Shapeless = null;
        _replica.Register("bad", "10.0.0.3");
        await Compile();
        Assert.Empty(_compiler.Problems);
        Assert.NotEqual(routes, Version(XdsTypes.RouteConfiguration, "bad"));
        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.3"], Addresses("bad"));
    }

    [Fact]
    public async Task A_contributor_that_cannot_tell_what_a_change_affects_is_named_and_every_service_is_compiled()
    {
        _replica.Register("one", "10.0.0.1");
        await Compile();
        _routes.Fails = true;
        _replica.Register("two", "10.0.0.2");
        await Compile();

        Assert.NotNull(_snapshot[XdsFlavour.Mesh].Find(XdsTypes.Listener, "one"));
        Assert.Equal(["10.0.0.2"], Addresses("two"));
        Assert.Empty(_compiler.Problems);
        Assert.Equal($"{typeof(RoutesForTests).FullName} InvalidOperationException: a fault of this module",
            Assert.Single(_compiler.ContributorFaults.Select(fault => $"{fault.Key} {fault.Value}")));

        _routes.Fails = false;
        _replica.Register("three", "10.0.0.3");
        await Compile();
        Assert.Empty(_compiler.ContributorFaults);
        Assert.Equal(["10.0.0.3"], Addresses("three"));
    }

    private async Task Compile() =>
        _snapshot = _compiler.Compile(await _changes.NextAsync(TestContext.Current.CancellationToken), _snapshot);

    private string Version(XdsType type, string name) => _snapshot[XdsFlavour.Mesh].Find(type, name)!.Version;

    private IEnumerable<string> Addresses(string service) =>
        ClusterLoadAssignment.Parser.ParseFrom(
                _snapshot[XdsFlavour.Mesh].Find(XdsTypes.ClusterLoadAssignment, service)!.Packed.Value)
            .Endpoints.SelectMany(l => l.LbEndpoints).Select(e => e.Endpoint.Address.SocketAddress.Address).Order();
}
