using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Registry;

[Collection(RegistryCollection.Name)]
public sealed class ResilienceRpcTests : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly V1.Resilience.ResilienceClient _resilience;

    public ResilienceRpcTests(SharedRegistry registry)
    {
        _channel = GrpcChannel.ForAddress(registry.Address);
        _resilience = new(_channel);
    }

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _channel.Dispose();

    public static TheoryData<string> Policies =>
    [
        """{"service":"shop","namespace":"res-rpc","circuitBreaker":"""
            + """{"threshold":7,"maxConnections":1,"maxPendingRequests":0,"maxRequests":2,"maxRetries":0}}""",
        """{"service":"shop","namespace":"res-rpc","bulkhead":{"maxConcurrent":5,"maxQueued":0}}""",
        """{"service":"shop","namespace":"res-rpc","outlierDetection":"""
            + """{"consecutive5xx":1,"consecutiveGatewayErrors":"""
            + """2,"interval":"1s","baseEjectionTime":"2s","maxEjectionTime":"3s","maxEjectedPercent":4,"successRate":"""
            + """{"minimumHosts":5,"requestVolume":6,"stdevFactor":7},"failurePercentage":"""
            + """{"threshold":8,"minimumHosts":9,"requestVolume":10}}}""",
        """{"service":"shop","namespace":"res-rpc","rateLimit":{"requests":60,"unit":"minute","burst":10,"scope":"global"}}""",
        """{"service":"shop","namespace":"res-rpc","timeout":{"request":"1s","idle":"2s","connect":"3s"}}""",
        """{"service":"shop","namespace":"res-rpc","fallback":{"service":"other","namespace":"else"}}""",
    ];

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task A_policy_is_set_read_back_as_it_was_said_and_removed(string json)
    {
        var request = V1.SetPolicyRequest.Parser.ParseJson(json);
        var first = await _resilience.SetPolicyAsync(request, cancellationToken: Ending);
        Assert.True(first is { Changed: true, Revision: > 0 });
        Assert.False((await _resilience.SetPolicyAsync(request, cancellationToken: Ending)).Changed);
        var list = await _resilience.ListPoliciesAsync(new() { Namespace = "res-rpc", MinSequence = first.Sequence },
            cancellationToken: Ending);
        var read = Assert.Single(list.Items);
        var again = new V1.SetPolicyRequest
        {
            Service = read.Service, Namespace = read.Namespace, CircuitBreaker = read.CircuitBreaker,
        };
        if (read.Bulkhead is not null) again.Bulkhead = read.Bulkhead;
        if (read.OutlierDetection is not null) again.OutlierDetection = read.OutlierDetection;
        if (read.RateLimit is not null) again.RateLimit = read.RateLimit;
        if (read.Timeout is not null) again.Timeout = read.Timeout;
        if (read.Fallback is not null) again.Fallback = read.Fallback;
        Assert.Equal(request, again);
        Assert.True(
            (await _resilience.RemovePolicyAsync(new() { Service = "shop", Namespace = "res-rpc", Kind = read.Kind },
                cancellationToken: Ending)).Changed);
        Assert.False(
            (await _resilience.RemovePolicyAsync(new() { Service = "shop", Namespace = "res-rpc", Kind = read.Kind },
                cancellationToken: Ending)).Changed);
    }

    [Fact]
    public async Task Refusals_carry_the_problem_details_of_REST()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _resilience.SetPolicyAsync(
            new() { Service = "NO", RateLimit = new() { Unit = "day" } }, cancellationToken: Ending));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Equal(["requests", "service", "unit"], Fields(refused));
        Assert.Equal(["policy", "service"],
            Fields(await Assert.ThrowsAsync<RpcException>(async () => await _resilience.SetPolicyAsync(new(), cancellationToken: Ending))));
        Assert.Equal(["kind", "service"],
            Fields(await Assert.ThrowsAsync<RpcException>(
                async () => await _resilience.RemovePolicyAsync(new(), cancellationToken: Ending))));
        Assert.Equal(["kind", "min_sequence"],
            Fields(await Assert.ThrowsAsync<RpcException>(
                async () => await _resilience.ListPoliciesAsync(new() { Kind = "x", MinSequence = -1 }, cancellationToken: Ending))));
        var stale = await Assert.ThrowsAsync<RpcException>(async () => await _resilience.SetPolicyAsync(
            new() { Service = "shop", Namespace = "res-rpc-if", Bulkhead = new() }, new Metadata { { "if-match", "\"3\"" } },
            cancellationToken: Ending));
        Assert.Equal(StatusCode.FailedPrecondition, stale.StatusCode);
    }

    [Fact]
    public async Task A_report_of_incidents_is_checked_whole_and_one_that_is_repeated_under_its_key_counts_once()
    {
        var bad = new V1.ReportIncidentsRequest
        {
            Service = "NO",
            Incidents =
            {
                new V1.Incident { Kind = "explosion", Count = 1 }, new V1.Incident { Kind = "circuit-opened", Count = 0 },
                new V1.Incident { Kind = "circuit-closed", Count = 1_000_000_001, Detail = new string('x', 201) },
            },
        };
        Assert.Equal(
            ["incidents[0].kind", "incidents[1].count", "incidents[2].count", "incidents[2].detail", "service"],
            Fields(await Assert.ThrowsAsync<RpcException>(
                async () => await _resilience.ReportIncidentsAsync(bad, cancellationToken: Ending))));
        Assert.Equal(["incidents"],
            Fields(await Assert.ThrowsAsync<RpcException>(
                async () => await _resilience.ReportIncidentsAsync(new() { Service = "shop" }, cancellationToken: Ending))));
        var report = new V1.ReportIncidentsRequest
        {
            Service = "shop",
            Namespace = "res-incidents",
            Incidents = { new V1.Incident { Kind = "instance-ejected", Count = 3 } },
        };
        Assert.Equal(StatusCode.NotFound,
            (await Assert.ThrowsAsync<RpcException>(
                async () => await _resilience.ReportIncidentsAsync(report, cancellationToken: Ending))).StatusCode);

        await _resilience.SetPolicyAsync(new() { Service = "shop", Namespace = "res-incidents", CircuitBreaker = new() },
            cancellationToken: Ending);
        var key = new Metadata { { "idempotency-key", $"{Guid.NewGuid():N}" } };
        var first = await _resilience.ReportIncidentsAsync(report, key, cancellationToken: Ending);
        Assert.Equal(("instance-ejected", 0L), (Assert.Single(first.Taken), first.RetryAfterMs));
        Assert.Equal(first, await _resilience.ReportIncidentsAsync(report, key, cancellationToken: Ending));
        var early = await _resilience.ReportIncidentsAsync(report, cancellationToken: Ending);
        Assert.Empty(early.Taken);
        Assert.InRange(early.RetryAfterMs, 1, 10_000);
    }

    private static IEnumerable<string> Fields(RpcException refused) => JsonElement.Parse(refused.Trailers.GetValueBytes("problem-bin")!)
        .GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()!).Order(StringComparer.Ordinal);
}
