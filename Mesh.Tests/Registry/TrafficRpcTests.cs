using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Tests.Traffic;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Registry;

[Collection(RegistryCollection.Name)]
public sealed class TrafficRpcTests : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly V1.Traffic.TrafficClient _traffic;
    private readonly SharedRegistry _registry;

    public TrafficRpcTests(SharedRegistry registry)
    {
        _channel = GrpcChannel.ForAddress(registry.Address);
        _traffic = new(_channel);
        _registry = registry;
    }

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _channel.Dispose();

    [Fact]
    public async Task The_route_of_REST_is_the_message_of_gRPC_and_what_is_listed_can_be_sent_back()
    {
        var route = JsonParser.Default.Parse<V1.Route>(RouteInputTests.Pinned);
        route.Namespace = "rpc-route";
        var first = await _traffic.SetRouteAsync(route, cancellationToken: Ending);
        Assert.Equal((true, "beta", 2, 1), (first.Changed, first.Route, first.Destinations, first.Revision));
        var listed = Assert.Single((await _traffic.ListRoutesAsync(new() { Namespace = "rpc-route" }, cancellationToken: Ending)).Items);
        Assert.Equal((1, 1, "2s", 3), (listed.Order, listed.Revision, listed.Timeout, listed.Unresolved.Count));
        Assert.False((await _traffic.SetRouteAsync(listed, cancellationToken: Ending)).Changed);

        var unmet = await Assert.ThrowsAsync<RpcException>(
            () => _traffic.RemoveRouteAsync(new() { Service = "shop", Namespace = "rpc-route", Name = "beta" },
            new Metadata { { "if-match", "\"9\"" } }, cancellationToken: Ending).ResponseAsync);
        Assert.Equal(StatusCode.FailedPrecondition, unmet.StatusCode);
        Assert.True(
            (await _traffic.RemoveRouteAsync(new() { Service = "shop", Namespace = "rpc-route", Name = "beta" },
                cancellationToken: Ending)).Changed);
        Assert.Empty((await _traffic.ListRoutesAsync(new() { Namespace = "rpc-route" }, cancellationToken: Ending)).Items);
    }

    [Fact]
    public async Task Weights_of_zero_are_told_from_weights_that_are_unset()
    {
        var route = new V1.Route
        {
            Namespace = "rpc-zero",
            Service = "shop",
            Destinations = { new V1.RouteDestination { Service = "a", Weight = 0 }, new V1.RouteDestination { Service = "b" } },
        };
        await _traffic.SetRouteAsync(route, cancellationToken: Ending);
        Assert.Equal([0, 100],
            (await _traffic.ListRoutesAsync(new() { Namespace = "rpc-zero" }, cancellationToken: Ending)).Items[0].Destinations.Select(
                d => d.Weight));
    }

    [Fact]
    public async Task A_rule_that_grpcs_own_clients_do_not_follow_is_set_with_a_warning_over_REST_and_grpc()
    {
        await _registry.Send(HttpMethod.Post, "/api/discovery/register",
            """{"name":"talks-grpc","namespace":"warned","url":"grpc://10.0.0.1:80"}""");
        var route = new V1.Route
        {
            Namespace = "warned",
            Service = "talks-grpc",
            Destinations = { new V1.RouteDestination { Service = "talks-grpc" } },
            Mirror = { new V1.RouteMirror { Service = "shadow" } },
        };
        var reply = await _traffic.SetRouteAsync(route, cancellationToken: Ending);
        Assert.Equal("mirror: gRPC's own clients (xds:///) send no copies", Assert.Single(reply.Warnings));
        var (_, answer, response) = await _registry.Send(HttpMethod.Put, "/api/traffic/policies/talks-grpc?namespace=warned",
            """{"loadBalancing":{"policy":"random"}}""");
        using (response)
            Assert.StartsWith("loadBalancing.policy: gRPC's own clients", answer.GetProperty("warnings")[0].GetString(),
                StringComparison.Ordinal);
        (_, answer,
            response) = await _registry.Send(HttpMethod.Post, "/api/resilience/rate-limits",
                """{"service":"talks-grpc","namespace":"warned","requests":5}""");
        using (response)
            Assert.StartsWith("requests: gRPC's own clients", answer.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_are_those_of_REST()
    {
        var wrong = await Assert.ThrowsAsync<RpcException>(
            () => _traffic.SetRouteAsync(new V1.Route { Service = "S", Timeout = "soon" }, cancellationToken: Ending).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, wrong.StatusCode);
        foreach (var field in (string[])["service: ", "timeout: ", "destinations: "])
            Assert.Contains(field, wrong.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_is_set_read_and_removed()
    {
        var policy = new V1.TrafficPolicy
        {
            Namespace = "rpc-policy",
            Service = "shop",
            LoadBalancing = new V1.TrafficLoadBalancing { Policy = "least_request", PanicThreshold = 0, Failover = { "z1" } },
        };
        Assert.True((await _traffic.SetPolicyAsync(policy, cancellationToken: Ending)).Changed);
        var read = await _traffic.GetPolicyAsync(new() { Namespace = "rpc-policy", Service = "shop" }, cancellationToken: Ending);
        Assert.Equal((1, true, 0), (read.Revision, read.LoadBalancing.HasPanicThreshold, read.LoadBalancing.PanicThreshold));
        Assert.False((await _traffic.SetPolicyAsync(read, cancellationToken: Ending)).Changed);
        Assert.True(
            (await _traffic.RemovePolicyAsync(new() { Namespace = "rpc-policy", Service = "shop" }, cancellationToken: Ending)).Changed);
        var gone = await Assert.ThrowsAsync<RpcException>(
            () => _traffic.GetPolicyAsync(new() { Namespace = "rpc-policy", Service = "shop" }, cancellationToken: Ending).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, gone.StatusCode);
    }
}
