using Mesh.Kernel.Catalog;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>A module's contributor that throws, as a plug-in of anybody's may.</summary>
public class ContributorFaultTests
{
    private readonly CompilerBench _bench = new();

    [Fact]
    public async Task A_contributor_that_throws_harms_only_its_service()
    {
        _bench.Replica.Register("bad", "10.0.0.1");
        _bench.Replica.Register("good", "10.0.0.1");
        _bench.Routes.Throwing = "bad";
        await _bench.Compile();

        Assert.Null(_bench.Snapshot[XdsFlavour.Mesh].Find(XdsTypes.Listener, "bad"));
        Assert.NotNull(_bench.Snapshot[XdsFlavour.Mesh].Find(XdsTypes.Listener, "good"));
        Assert.Contains("InvalidOperationException", Assert.Single(_bench.Compiler.Problems[new ServiceKey("default", "bad")]));
    }

    [Fact]
    public async Task A_contributor_that_cannot_tell_a_services_shape_holds_back_its_configuration_alone()
    {
        _bench.Replica.Register("bad", "10.0.0.1");
        await _bench.Compile();
        var routes = _bench.Version(XdsTypes.RouteConfiguration, "bad");
        _bench.Routes.Shapeless = "bad";
        _bench.Routes.Targets["bad"] = "good";
        _bench.Replica.Register("bad", "10.0.0.2");
        _bench.Replica.Register("good", "10.0.0.1");
        await _bench.Compile();

        Assert.Equal(routes, _bench.Version(XdsTypes.RouteConfiguration, "bad"));
        Assert.Equal(["10.0.0.1", "10.0.0.2"], _bench.Addresses("bad"));
        Assert.NotNull(_bench.Snapshot[XdsFlavour.Mesh].Find(XdsTypes.Listener, "good"));
        Assert.Contains("InvalidOperationException", Assert.Single(_bench.Compiler.Problems[new ServiceKey("default", "bad")]));

        _bench.Routes.Shapeless = null;
        _bench.Replica.Register("bad", "10.0.0.3");
        await _bench.Compile();
        Assert.Empty(_bench.Compiler.Problems);
        Assert.NotEqual(routes, _bench.Version(XdsTypes.RouteConfiguration, "bad"));
        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.3"], _bench.Addresses("bad"));
    }

    [Fact]
    public async Task A_contributor_that_cannot_tell_what_a_change_affects_is_named_and_every_service_is_compiled()
    {
        _bench.Replica.Register("one", "10.0.0.1");
        await _bench.Compile();
        _bench.Routes.Fails = true;
        _bench.Replica.Register("two", "10.0.0.2");
        await _bench.Compile();

        Assert.NotNull(_bench.Snapshot[XdsFlavour.Mesh].Find(XdsTypes.Listener, "one"));
        Assert.Equal(["10.0.0.2"], _bench.Addresses("two"));
        Assert.Empty(_bench.Compiler.Problems);
        Assert.Equal($"{typeof(RoutesForTests).FullName} InvalidOperationException: a fault of this module",
            Assert.Single(_bench.Compiler.ContributorFaults.Select(fault => $"{fault.Key} {fault.Value}")));

        _bench.Routes.Fails = false;
        _bench.Replica.Register("three", "10.0.0.3");
        await _bench.Compile();
        Assert.Empty(_bench.Compiler.ContributorFaults);
        Assert.Equal(["10.0.0.3"], _bench.Addresses("three"));
    }
}
