using Google.Protobuf.WellKnownTypes;
using Grpc.Net.Client;
using Mesh.Tests.ControlPlane;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.Conformance;

/// <summary>
/// What no client here can be asked, read off a raw delta stream: what an Envoy would be told of routes, subsets and policies, in which
/// order, and that nothing else is. The rules come through the Registry's REST interface.
/// </summary>
[Collection(ConformanceCollection.Name)]
public sealed class EnvoyDeltaTests(ConformanceMesh mesh) : IAsyncLifetime
{
    private static readonly XdsType Lds = XdsTypes.Listener, Rds = XdsTypes.RouteConfiguration, Cds = XdsTypes.Cluster,
        Eds = XdsTypes.ClusterLoadAssignment;
    private const int Port = 15_001;
    private readonly string _service = $"envoy-{mesh.NextRun()}";
    private GrpcChannel _channel = null!;
    private DeltaClient _stream = null!;

    public async ValueTask InitializeAsync()
    {
        _channel = GrpcChannel.ForAddress(mesh.ControlPlaneAddress);
        var node = new Node
        {
            Id = _service, UserAgentName = "envoy",
            Metadata = new Struct { Fields = { ["mesh.upstreams"] = Value.ForList(Value.ForString($"{_service}:{Port}")) } },
        };
        _stream = new DeltaClient(_channel, node);
        await Register("one", "v1", 9_001);
        await Register("two", "v2", 9_002);
        await Split(100, 0);
        await mesh.Compiled();
    }

    public ValueTask DisposeAsync()
    {
        _stream.Dispose();
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_wildcard_brings_the_listener_with_its_port_the_routes_and_a_cluster_for_each_subset()
    {
        var (listener, clusters, routes, assignments) = await Everything();
        Assert.Equal((uint)Port, listener.Address.SocketAddress.PortValue);
        Assert.Equal([_service, $"{_service}@v1", $"{_service}@v2"], clusters.Select(c => c.Name).Order(StringComparer.Ordinal));
        var split = routes.VirtualHosts[0].Routes[0].Route_.WeightedClusters.Clusters;
        Assert.Equal([($"{_service}@v1", 100u), ($"{_service}@v2", 0u)], split.Select(c => (c.Name, c.Weight ?? 0u)));
        Assert.Equal([9_001u], PortsOf(assignments, $"{_service}@v1"));
        Assert.Equal([9_002u], PortsOf(assignments, $"{_service}@v2"));
        Assert.Equal([9_001u, 9_002u], PortsOf(assignments, _service));
    }

    [Fact]
    public async Task Other_weights_are_a_route_configuration_and_nothing_else()
    {
        await Everything();
        await Split(20, 80);
        var changed = await Expect(Rds, _service);
        Assert.Equal([20u, 80u],
            Unpack<RouteConfiguration>(changed).VirtualHosts[0].Routes[0].Route_.WeightedClusters.Clusters.Select(c => c.Weight ?? 0u));

        // The same again is nothing to be sent: the next thing that comes is another change.
        await Split(20, 80);
        await Policy("timeouts", new { service = _service, request = "2s" });
        Assert.Equal(2, Unpack<RouteConfiguration>(await Expect(Rds, _service)).VirtualHosts[0].Routes[0].Route_.Timeout.Seconds);
    }

    [Fact]
    public async Task A_new_subset_comes_before_the_route_that_names_it_and_goes_after_it()
    {
        await Everything();
        await Register("three", "v3", 9_003);
        Assert.Equal(3, Unpack<ClusterLoadAssignment>(await Expect(Eds, _service)).Endpoints.Sum(e => e.LbEndpoints.Count));
        await To("v3");
        var clusters = await _stream.Next();
        Assert.Equal((Cds.Url, $"{_service}@v3"), (clusters.TypeUrl, Assert.Single(clusters.Resources).Name));
        await _stream.Subscribe(Eds, $"{_service}@v3");
        await _stream.Ack(clusters);
        Assert.Equal(9_003u,
            Unpack<ClusterLoadAssignment>(await Expect(Eds, $"{_service}@v3")).Endpoints[0].LbEndpoints[
                0].Endpoint.Address.SocketAddress.PortValue);
        var routes = await Next();
        Assert.Equal((Rds.Url, _service), (routes.TypeUrl, Assert.Single(routes.Resources).Name));
        Assert.Equal($"{_service}@v3", Unpack<RouteConfiguration>(routes).VirtualHosts[0].Routes[0].Route_.Cluster);
        // Only now are those that nobody names any more taken away.
        var gone = await Next();
        Assert.Equal((Cds.Url, 0), (gone.TypeUrl, gone.Resources.Count));
        Assert.Equal([$"{_service}@v1", $"{_service}@v2"], gone.RemovedResources.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Bounds_and_outliers_are_told_on_the_clusters_and_their_endpoints_come_again()
    {
        await Everything();
        await Policy("circuit-breakers", new { service = _service, threshold = 7, maxRequests = 9, maxConnections = 8 });
        var clusters = await Next();
        Assert.Equal(Cds.Url, clusters.TypeUrl);
        Assert.Equal([_service, $"{_service}@v1", $"{_service}@v2"], clusters.Resources.Select(r => r.Name));
        Assert.All(clusters.Resources.Select(r => r.Resource_.Unpack<Cluster>()), cluster =>
        {
            Assert.Equal((9u, 8u),
                (cluster.CircuitBreakers.Thresholds[0].MaxRequests, cluster.CircuitBreakers.Thresholds[0].MaxConnections));
            Assert.Equal((7u, 100u), (cluster.OutlierDetection.Consecutive5Xx, cluster.OutlierDetection.EnforcingConsecutive5Xx));
        });
        // Envoy warms a cluster that was changed until its endpoints come again.
        var endpoints = await Next();
        Assert.Equal(Eds.Url, endpoints.TypeUrl);
        Assert.Equal(3, endpoints.Resources.Count);
    }

    [Fact]
    public async Task A_rate_limit_is_a_filter_of_the_listener_and_a_bucket_of_the_virtual_host()
    {
        await Everything();
        await Policy("rate-limits", new { service = _service, requests = 100 });
        var listener = await Expect(Lds, _service);
        var manager = Unpack<Listener>(listener).FilterChains[0].Filters[0].TypedConfig.Unpack<HttpConnectionManager>();
        Assert.Equal(["envoy.filters.http.local_ratelimit", "envoy.filters.http.router"], manager.HttpFilters.Select(f => f.Name));
        var routes = Unpack<RouteConfiguration>(await Expect(Rds, _service));
        Assert.True(routes.VirtualHosts[0].TypedPerFilterConfig.ContainsKey("envoy.filters.http.local_ratelimit"));
    }

    [Fact]
    public async Task Retries_faults_mirrors_and_header_changes_are_told_on_the_route()
    {
        await Everything();
        await mesh.Send(HttpMethod.Post, "/api/traffic/routes", new
        {
            service = _service, name = "rich",
            match = new[] { new { path = new { prefix = "/cart" }, headers = new[] { new { name = "x-user", exact = "beta" } } } },
            destinations = new[] { new { service = _service, subset = "v2" } }, timeout = "2s",
            retry = new { attempts = 2, on = new[] { "5xx" } },
            headers = new { request = new { set = new Dictionary<string, string> { ["x-a"] = "b" } } },
            mirror = new[] { new { service = _service, subset = "v1", percent = 10 } },
            fault = new { abort = new { httpStatus = 503, percent = 1 } },
        });
        // Faults need a filter in the listener; retries need nothing of the clusters, which have a budget in any case.
        await Expect(Lds, _service);
        var rule = Unpack<RouteConfiguration>(await Expect(Rds, _service)).VirtualHosts[0].Routes[0];
        Assert.Equal(("rich", "/cart", "x-user"), (rule.Name, rule.Match.PathSeparatedPrefix, rule.Match.Headers[0].Name));
        Assert.Equal(("5xx", 2u, 2L),
            (rule.Route_.RetryPolicy.RetryOn, rule.Route_.RetryPolicy.NumRetries ?? 0u, rule.Route_.Timeout.Seconds));
        Assert.Equal($"{_service}@v1", Assert.Single(rule.Route_.RequestMirrorPolicies).Cluster);
        Assert.Equal("x-a", Assert.Single(rule.RequestHeadersToAdd).Header.Key);
        Assert.True(rule.TypedPerFilterConfig.ContainsKey("envoy.filters.http.fault"));
    }

    [Fact]
    public async Task What_is_not_among_the_upstreams_is_not_told()
    {
        await Everything();
        await mesh.Send(HttpMethod.Post, "/api/discovery/register", new { name = $"{_service}-other", url = "http://127.0.0.1:9009" });
        await mesh.Send(HttpMethod.Post, "/api/traffic/routes",
            new { service = $"{_service}-other", directResponse = new { status = 204 } });
        await Split(50, 50);
        await Expect(Rds, _service);
    }

    private static IEnumerable<uint> PortsOf(IEnumerable<ClusterLoadAssignment> assignments, string cluster) =>
        assignments.Single(a => a.ClusterName == cluster).Endpoints.SelectMany(e => e.LbEndpoints)
            .Select(e => e.Endpoint.Address.SocketAddress.PortValue).Order();

    private static T Unpack<T>(DeltaDiscoveryResponse response)
        where T : Google.Protobuf.IMessage, new() => Assert.Single(response.Resources).Resource_.Unpack<T>();

    private async Task<(Listener Listener, List<Cluster> Clusters, RouteConfiguration Routes,
        List<ClusterLoadAssignment> Assignments)> Everything()
    {
        await _stream.Subscribe(Cds, "*");
        var clusters = (await Next()).Resources.Select(r => r.Resource_.Unpack<Cluster>()).ToList();
        await _stream.Subscribe(Eds, [.. clusters.Select(c => c.Name)]);
        var assignments = (await Next()).Resources.Select(r => r.Resource_.Unpack<ClusterLoadAssignment>()).ToList();
        await _stream.Subscribe(Lds, "*");
        var listener = Unpack<Listener>(await Next());
        await _stream.Subscribe(Rds, _service);
        return (listener, clusters, Unpack<RouteConfiguration>(await Next()), assignments);
    }

    /// <summary>Takes the next response.</summary>
    private async Task<DeltaDiscoveryResponse> Next()
    {
        var response = await _stream.Next();
        await _stream.Ack(response);
        return response;
    }

    /// <summary>Takes the next response, which must be of this type and hold exactly these.</summary>
    private async Task<DeltaDiscoveryResponse> Expect(XdsType type, params string[] names)
    {
        var response = await Next();
        Assert.Equal((type.Url, string.Join(' ', names)), (response.TypeUrl, string.Join(' ', response.Resources.Select(r => r.Name))));
        return response;
    }

    private Task Register(string instance, string version, int port) =>
        mesh.Send(HttpMethod.Post, "/api/discovery/register",
            new { name = _service, instanceId = instance, url = $"http://127.0.0.1:{port}", version });

    private Task Policy(string path, object policy) => mesh.Send(HttpMethod.Post, $"/api/resilience/{path}", policy);

    private Task Split(int one, int two) => mesh.Send(HttpMethod.Post, "/api/traffic/routes", new
    {
        service = _service, name = "split",
        destinations = new[] { new { service = _service, subset = "v1", weight = one },
            new { service = _service, subset = "v2", weight = two } },
    });

    private Task To(string subset) =>
        mesh.Send(HttpMethod.Post, "/api/traffic/routes",
            new { service = _service, name = "split", destinations = new[] { new { service = _service, subset } } });
}
