using CsCheck;
using Mesh.Contracts.Resilience;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Discovery.Xds;
using Mesh.Kernel.State;
using Mesh.Resilience.Policies;
using Mesh.Resilience.State;
using Mesh.Resilience.Xds;
using Mesh.Tests.Resilience.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Resilience;

public class CompileTests
{
    private readonly ResilienceLog _log = new();
    private readonly XdsCompiler _compiler = new([new DiscoveryXdsContributor(), new ResilienceXdsContributor()],
        Enum.GetValues<XdsFlavour>());
    private XdsSnapshot _snapshot = XdsSnapshot.None;

    public CompileTests()
    {
        _log.Register("""{"name":"shop","url":"http://10.0.0.1:80"}""");
        _log.Register("""{"name":"other","url":"http://10.0.0.2:80"}""");
        _snapshot = _compiler.Compile(new StateChange(_log.State, new HashSet<string>(), true, []), _snapshot);
    }

    private string Version(XdsFlavour flavour, XdsType type, string name) => _snapshot[flavour].Find(type, name)!.Version;

    private void Compile(PolicyKind kind, string service = "shop") => _snapshot = _compiler.Compile(
        new StateChange(_log.State, new HashSet<string> { ResilienceStreams.Policy(new("default", service), kind) }, false, []), _snapshot);

    [Fact]
    public void A_policy_compiles_its_service_and_no_other()
    {
        var (shop, other) = (Version(XdsFlavour.Mesh, XdsTypes.Cluster, "shop"), Version(XdsFlavour.Mesh, XdsTypes.Cluster, "other"));
        _log.Set(PolicyKind.Bulkhead, """{"service":"shop"}""");
        Compile(PolicyKind.Bulkhead);
        Assert.Equal((1, 0), _compiler.LastWork);
        Assert.NotEqual(shop, Version(XdsFlavour.Mesh, XdsTypes.Cluster, "shop"));
        Assert.Equal(other, Version(XdsFlavour.Mesh, XdsTypes.Cluster, "other"));
    }

    [Fact]
    public void A_policy_that_was_taken_back_leaves_the_bytes_as_they_were()
    {
        var all = from flavour in Enum.GetValues<XdsFlavour>() from type in XdsTypes.OfServices from name in _snapshot[
            flavour].Names(type) select (flavour, type, name);
        var before = all.Select(key => (key, Version(key.flavour, key.type, key.name))).ToList();
        foreach (var (kind, fields) in new[]
        {
            (PolicyKind.CircuitBreaker, ""), (PolicyKind.RateLimit, ",\"requests\":1"),
            (PolicyKind.Timeout, ",\"request\":\"1s\",\"connect\":\"1s\""), (PolicyKind.Fallback, ",\"fallback\":\"absent\""),
        })
        {
            _log.Set(kind, $"{{\"service\":\"shop\"{fields}}}");
            Compile(kind);
            _log.Send(new RemovePolicy(new("default", "shop"), kind));
            Compile(kind);
        }

        Assert.Equal(before, all.Select(key => (key, Version(key.flavour, key.type, key.name))).ToList());
        Assert.Empty(_compiler.Unresolved);
    }

    [Fact]
    public void A_policy_set_back_and_forth_in_one_go_compiles_nothing_whole()
    {
        _log.Set(PolicyKind.Bulkhead, """{"service":"shop"}""");
        Compile(PolicyKind.Bulkhead);
        _log.Set(PolicyKind.Bulkhead, """{"service":"shop","maxQueued":0}""");
        _log.Set(PolicyKind.Bulkhead, """{"service":"shop"}""");
        Compile(PolicyKind.Bulkhead);
        Assert.Equal((0, 1), _compiler.LastWork);
    }

    [Fact]
    public void A_fallback_that_does_not_exist_is_unresolved_until_it_does()
    {
        _log.Set(PolicyKind.Fallback, """{"service":"shop","fallback":"standby"}""");
        Compile(PolicyKind.Fallback);
        Assert.Equal(["standby"], _compiler.Unresolved);
        Assert.True(_snapshot[XdsFlavour.Mesh].Find(XdsTypes.Cluster, "standby") is not null);
        Assert.Null(_snapshot[XdsFlavour.Grpc].Find(XdsTypes.Cluster, "standby"));
        _log.Register("""{"name":"standby","url":"http://10.0.0.3:80"}""");
        _snapshot = _compiler.Compile(new StateChange(_log.State, new HashSet<string> { "discovery/default/standby/i/a" }, false, []),
            _snapshot);
        Assert.Empty(_compiler.Unresolved);
    }

    [Fact]
    public void Policies_of_a_service_that_is_not_there_take_effect_when_it_comes()
    {
        _log.Set(PolicyKind.Bulkhead, """{"service":"late","maxConcurrent":7}""");
        Compile(PolicyKind.Bulkhead, "late");
        Assert.Null(_snapshot[XdsFlavour.Mesh].Find(XdsTypes.Cluster, "late"));
        _log.Register("""{"name":"late","url":"http://10.0.0.3:80"}""");
        _snapshot = _compiler.Compile(new StateChange(_log.State, new HashSet<string> { "discovery/default/late/i/a" }, false, []),
            _snapshot);
        var cluster = Cluster.Parser.ParseFrom(_snapshot[XdsFlavour.Mesh].Find(XdsTypes.Cluster, "late")!.Packed.Value);
        Assert.Equal(7u, cluster.CircuitBreakers.Thresholds[0].MaxRequests);
    }

    [Fact]
    public void A_bucket_lets_exactly_the_rate_through_with_intervals_that_Envoy_takes() => Gen.Select(
        Gen.Int[1, 10_000_000], Gen.OneOf(("second", 1), ("minute", 60), ("hour", 3600))).Sample((requests, unit) =>
    {
        _log.Set(PolicyKind.RateLimit, $$"""{"service":"shop","requests":{{requests}},"unit":"{{unit.Item1}}"}""");
        Compile(PolicyKind.RateLimit);
        var routes = RouteConfiguration.Parser.ParseFrom(
            _snapshot[XdsFlavour.Envoy].Find(XdsTypes.RouteConfiguration, "shop")!.Packed.Value);
        var bucket = routes.VirtualHosts[0].TypedPerFilterConfig[LocalRateLimits.FilterName].Unpack<LocalRateLimit>().TokenBucket;
        var interval = bucket.FillInterval.ToTimeSpan();
        var rate = bucket.TokensPerFill!.Value / interval.TotalSeconds * unit.Item2 / requests;
        return interval >= TimeSpan.FromMilliseconds(50) && bucket.TokensPerFill <= bucket.MaxTokens && rate is > 0.9999 and < 1.0001;
    }, iter: 300, seed: "0000KOIPe036", threads: 1);
}
