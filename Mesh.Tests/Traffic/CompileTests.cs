using Mesh.Tests.Traffic.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Traffic;

public class CompileTests
{
    private readonly TrafficLog _log = new();

    private static IEnumerable<string> Addresses(TrafficLog log, string cluster) =>
        ClusterLoadAssignment.Parser.ParseFrom(log.Snapshot[XdsFlavour.Mesh].Find(XdsTypes.ClusterLoadAssignment, cluster)!.Packed.Value)
            .Endpoints.SelectMany(locality => locality.LbEndpoints).Select(endpoint => endpoint.Endpoint.Address.SocketAddress.Address);

    private bool HasCluster(string name) => _log.Snapshot[XdsFlavour.Mesh].Find(XdsTypes.Cluster, name) is not null;

    private void Instance(int n, string version = "", string metadata = "{}") =>
        _log.Register($$"""{"name":"shop","url":"http://10.0.0.{{n}}:80","version":"{{version}}","metadata":{{metadata}}}""");

    [Fact]
    public void A_subset_has_a_cluster_as_long_as_any_route_leads_to_it()
    {
        Instance(1, "v1");
        Instance(2, "v2");
        _log.Compile(reset: true);
        Assert.False(HasCluster("shop@v2"));

        _log.Set("""{"service":"web","name":"a","destinations":[{"service":"shop@v2"}]}""");
        _log.Set("""{"service":"shop","name":"b","destinations":[{"service":"shop@v2"}]}""");
        _log.Compile();
        Assert.Equal(["10.0.0.2"], Addresses(_log, "shop@v2"));
        Assert.Equal(["10.0.0.1", "10.0.0.2"], Addresses(_log, "shop"));

        _log.Remove("shop", "b");
        _log.Compile();
        Assert.True(HasCluster("shop@v2"));
        // Only the other service's stream changes: its owner is asked again because of what was compiled before.
        _log.Set("""{"service":"web","name":"a","destinations":[{"service":"shop"}]}""");
        _log.Compile();
        Assert.False(HasCluster("shop@v2"));
        Assert.Null(_log.Snapshot[XdsFlavour.Grpc].Find(XdsTypes.ClusterLoadAssignment, "shop@v2"));
    }

    [Fact]
    public void A_subset_follows_its_instances_and_a_selector_hides_the_version_of_its_name()
    {
        Instance(1, "v1");
        Instance(2, "v2", """{"track":"v1"}""");
        _log.Set("""{"service":"shop","name":"a","destinations":[{"service":"shop@v1"}]}""");
        _log.Compile(reset: true);
        Assert.Equal(["10.0.0.1"], Addresses(_log, "shop@v1"));
        Instance(3, "v1");
        _log.Compile();
        Assert.Equal(["10.0.0.1", "10.0.0.3"], Addresses(_log, "shop@v1"));
        _log.Policy("shop", """{"subsets":[{"name":"v1","selector":{"track":"v1"}}]}""");
        _log.Compile();
        Assert.Equal(["10.0.0.2"], Addresses(_log, "shop@v1"));
    }

    [Fact]
    public void A_destination_that_does_not_exist_is_served_empty_and_heals()
    {
        Instance(1);
        _log.Set("""{"service":"shop","name":"a","destinations":[{"service":"later"},{"service":"gone@v1"}]}""");
        _log.Compile(reset: true);
        Assert.Empty(_log.Compiler.Problems);
        Assert.Equal(["gone@v1", "later"], _log.Compiler.Unresolved);
        Assert.Empty(Addresses(_log, "later"));

        _log.Register("""{"name":"later","url":"http://10.0.1.1:80"}""");
        _log.Compile();
        Assert.Equal(["gone@v1"], _log.Compiler.Unresolved);
        Assert.Equal(["10.0.1.1"], Addresses(_log, "later"));
    }

    [Fact]
    public void Routes_make_a_service_that_nobody_has_registered()
    {
        Instance(1);
        _log.Set("""{"service":"front","name":"a","destinations":[{"service":"shop"}]}""");
        _log.Compile(reset: true);
        foreach (var flavour in Enum.GetValues<XdsFlavour>())
        {
            Assert.NotNull(_log.Snapshot[flavour].Find(XdsTypes.Listener, "front"));
            Assert.Equal(["shop"], _log.Snapshot[flavour].ClustersOf("front"));
        }

        _log.Remove("front", "a");
        _log.Compile();
        Assert.Null(_log.Snapshot[XdsFlavour.Grpc].Find(XdsTypes.Listener, "front"));
    }

    [Fact]
    public void Applying_the_same_again_compiles_to_the_same_bytes()
    {
        Instance(1, "v1");
        _log.Set(RouteInputTests.Pinned);
        var first = _log.Compile(reset: true);
        _log.Set(RouteInputTests.Pinned);
        var again = _log.Compile(reset: true);
        foreach (var flavour in Enum.GetValues<XdsFlavour>())
        {
            foreach (var type in XdsTypes.OfServices)
                Assert.All(first[flavour].Names(type),
                    name => Assert.Equal(first[flavour].Find(type, name)!.Hash, again[flavour].Find(type, name)!.Hash));
        }
    }

    [Fact]
    public void Endpoints_alone_are_compiled_while_routes_stay_the_same()
    {
        Instance(1);
        _log.Set("""{"service":"shop","name":"a","destinations":[{"service":"shop"}]}""");
        _log.Compile(reset: true);
        Instance(2);
        _log.Compile();
        Assert.Equal((0, 1), _log.Compiler.LastWork);
    }
}
