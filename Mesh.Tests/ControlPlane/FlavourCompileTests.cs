using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Discovery.Xds;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

public class FlavourCompileTests
{
    private static readonly ServiceKey Shop = new("default", "shop");
    private readonly FakeReplica _replica = new();
    private readonly DraftsForTests _envoy = new(XdsFlavour.Envoy);
    private readonly XdsCompiler _compiler;
    private readonly StateSubscription _changes;
    private XdsSnapshot _snapshot = XdsSnapshot.None;

    public FlavourCompileTests()
    {
        _compiler = new XdsCompiler([new DiscoveryXdsContributor(), _envoy], XdsFlavour.Mesh);
        _changes = _replica.Subscribe();
        _replica.Register("shop", "10.0.0.1");
        _replica.Register("cart", "10.0.0.2");
    }

    [Fact]
    public async Task A_flavour_that_nobody_uses_is_not_compiled_and_cannot_be_read()
    {
        await Compile();
        _replica.Register("shop", "10.0.0.3");
        await Compile();

        Assert.Equal((3, 0, 0),
            (_compiler.WorkFor(XdsFlavour.Mesh), _compiler.WorkFor(XdsFlavour.Envoy), _compiler.WorkFor(XdsFlavour.Grpc)));
        Assert.True(_snapshot.Has(XdsFlavour.Mesh));
        Assert.False(_snapshot.Has(XdsFlavour.Envoy));
        Assert.Contains("Envoy", Assert.Throws<InvalidOperationException>(() => _snapshot[XdsFlavour.Envoy]).Message);
    }

    [Fact]
    public async Task While_no_flavour_is_in_use_only_the_position_moves()
    {
        var compiler = new XdsCompiler([new DiscoveryXdsContributor()]);
        var snapshot = compiler.Compile(await _changes.NextAsync(TestContext.Current.CancellationToken), XdsSnapshot.None);
        Assert.Equal((2L, (0, 0)), (snapshot.Sequence, compiler.LastWork));

        compiler.Use([XdsFlavour.Grpc]);
        snapshot = compiler.Compile(Nothing(), snapshot);
        Assert.Equal(["cart", "shop"], snapshot[XdsFlavour.Grpc].Names(XdsTypes.Listener).Order());
        Assert.Equal((2, 0), (compiler.WorkFor(XdsFlavour.Grpc), compiler.WorkFor(XdsFlavour.Mesh)));
    }

    [Fact]
    public async Task A_flavour_that_comes_into_use_has_everything_and_the_others_are_not_compiled_again()
    {
        await Compile();
        var before = _snapshot;
        _compiler.Use([XdsFlavour.Envoy]);
        _snapshot = _compiler.Compile(Nothing(), _snapshot);

        Assert.Equal((2, 2), (_compiler.WorkFor(XdsFlavour.Envoy), _compiler.WorkFor(XdsFlavour.Mesh)));
        Assert.Equal((before.Sequence, before.Generation + 1), (_snapshot.Sequence, _snapshot.Generation));
        Assert.Equal(Everything().Of(XdsFlavour.Envoy, (_, _) => true), new SnapshotText(_snapshot).Of(XdsFlavour.Envoy, (_, _) => true));
        Assert.Empty(Assert.Single(_snapshot.ChangesSince(before.Generation)!).ByFlavour[(int)XdsFlavour.Mesh]);
        Assert.Same(before[XdsFlavour.Mesh].Find(XdsTypes.Cluster, "shop"), _snapshot[XdsFlavour.Mesh].Find(XdsTypes.Cluster, "shop"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_change_that_comes_with_a_new_flavour_is_compiled_with_it(bool reset)
    {
        await Compile();
        _compiler.Use([XdsFlavour.Envoy]);
        _replica.Register("shop", "10.0.0.9", protocol: Contracts.Discovery.MeshProtocol.Grpc);
        _replica.Deregister("cart", "10.0.0.2");
        _replica.Register("late", "10.0.0.4");
        if (reset) _replica.Discard(_replica.Current);
        await Compile();
        _replica.Register("late", "10.0.0.5");
        await Compile();

        foreach (var flavour in (XdsFlavour[])[XdsFlavour.Mesh, XdsFlavour.Envoy])
            Assert.Equal(Everything().Of(flavour, (_, _) => true), new SnapshotText(_snapshot).Of(flavour, (_, _) => true));
        Assert.False(_snapshot.Has(XdsFlavour.Grpc));
    }

    [Fact]
    public async Task A_service_that_does_not_compile_for_a_flavour_is_reported_once_that_flavour_is_in_use()
    {
        _envoy.Faults["shop"] = "no port for 'shop'";
        await Compile();
        Assert.Empty(_compiler.Problems);

        _compiler.Use([XdsFlavour.Envoy]);
        _snapshot = _compiler.Compile(Nothing(), _snapshot);
        Assert.Equal(["no port for 'shop'"], _compiler.Problems[Shop]);
        Assert.Equal(["cart"], _snapshot[XdsFlavour.Envoy].Names(XdsTypes.Listener));
        Assert.NotNull(_snapshot[XdsFlavour.Mesh].Find(XdsTypes.Listener, "shop"));

        _envoy.Faults.Clear();
        _replica.Register("shop", "10.0.0.3");
        await Compile();
        Assert.Empty(_compiler.Problems);
        Assert.NotNull(_snapshot[XdsFlavour.Envoy].Find(XdsTypes.Listener, "shop"));
    }

    [Fact]
    public async Task A_service_that_did_not_compile_for_one_flavour_and_goes_back_goes_back_for_all()
    {
        _compiler.Use([XdsFlavour.Envoy]);
        await Compile();
        var before = new SnapshotText(_snapshot).Of(XdsFlavour.Mesh, (_, _) => true);
        _envoy.Faults["shop"] = "no gRPC here";
        _replica.Register("shop", "10.0.0.1", protocol: Contracts.Discovery.MeshProtocol.Grpc);
        await Compile();
        Assert.NotEqual(before, new SnapshotText(_snapshot).Of(XdsFlavour.Mesh, (_, _) => true));

        _envoy.Faults.Clear();
        _replica.Register("shop", "10.0.0.1");
        await Compile();
        Assert.Equal(before, new SnapshotText(_snapshot).Of(XdsFlavour.Mesh, (_, _) => true));
    }

    [Fact]
    public async Task A_cluster_that_one_flavour_misses_stays_unresolved_whatever_the_others_have()
    {
        _envoy.Targets["shop"] = "nowhere";
        _compiler.Use([XdsFlavour.Envoy]);
        await Compile();
        Assert.Equal(["nowhere"], _compiler.Unresolved);

        _compiler.Use([XdsFlavour.Grpc]);
        _replica.Register("shop", "10.0.0.3");
        await Compile();
        Assert.Equal(["nowhere"], _compiler.Unresolved);
    }

    private async Task Compile() =>
        _snapshot = _compiler.Compile(await _changes.NextAsync(TestContext.Current.CancellationToken), _snapshot);

    private StateChange Nothing() => new(_replica.Current, new HashSet<string>(), false, []);

    private SnapshotText Everything() => new(new XdsCompiler([new DiscoveryXdsContributor(), _envoy], Enum.GetValues<XdsFlavour>())
        .Compile(new StateChange(_replica.Current, new HashSet<string>(), true, []), XdsSnapshot.None));
}
