using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Tests.Resilience.Support;

namespace Mesh.Tests.Resilience;

public class PolicyInputTests
{
    [Theory]
    [InlineData(PolicyKind.CircuitBreaker, """{"threshold":5}""", "service", "missing")]
    [InlineData(PolicyKind.CircuitBreaker, """{"service":"No"}""", "service", "not-a-dns-label")]
    [InlineData(PolicyKind.CircuitBreaker, """{"service":7}""", "service", "wrong-type")]
    [InlineData(PolicyKind.CircuitBreaker, """{"service":"shop","namespace":"a.b"}""", "namespace", "not-a-dns-label")]
    [InlineData(PolicyKind.CircuitBreaker, """{"service":"shop","threshold":0}""", "threshold", "out-of-range")]
    [InlineData(PolicyKind.CircuitBreaker, """{"service":"shop","threshold":1001}""", "threshold", "out-of-range")]
    [InlineData(PolicyKind.CircuitBreaker, """{"service":"shop","threshold":"5"}""", "threshold", "wrong-type")]
    [InlineData(PolicyKind.CircuitBreaker, """{"service":"shop","maxConnections":0}""", "maxConnections", "out-of-range")]
    [InlineData(PolicyKind.CircuitBreaker, """{"service":"shop","maxPendingRequests":-1}""", "maxPendingRequests", "out-of-range")]
    [InlineData(PolicyKind.CircuitBreaker, """{"service":"shop","maxRequests":0}""", "maxRequests", "out-of-range")]
    [InlineData(PolicyKind.CircuitBreaker, """{"service":"shop","maxRetries":1000001}""", "maxRetries", "out-of-range")]
    [InlineData(PolicyKind.CircuitBreaker, """{"service":"shop","maxConcurrent":1}""", "maxConcurrent", "unknown-field")]
    [InlineData(PolicyKind.CircuitBreaker, """{"service":"shop","service":"shop"}""", "service", "duplicate-field")]
    [InlineData(PolicyKind.CircuitBreaker, "[]", "", "wrong-type")]
    [InlineData(PolicyKind.Bulkhead, """{"service":"shop","maxConcurrent":0}""", "maxConcurrent", "out-of-range")]
    [InlineData(PolicyKind.Bulkhead, """{"service":"shop","maxQueued":-1}""", "maxQueued", "out-of-range")]
    [InlineData(PolicyKind.OutlierDetection, """{"service":"shop","consecutive5xx":0}""", "consecutive5xx", "out-of-range")]
    [InlineData(PolicyKind.OutlierDetection, """{"service":"shop","consecutiveGatewayErrors":0}""", "consecutiveGatewayErrors",
        "out-of-range")]
    [InlineData(PolicyKind.OutlierDetection, """{"service":"shop","interval":"10"}""", "interval", "not-a-duration")]
    [InlineData(PolicyKind.OutlierDetection, """{"service":"shop","interval":"1ms"}""", "interval", "out-of-range")]
    [InlineData(PolicyKind.OutlierDetection, """{"service":"shop","baseEjectionTime":"25h"}""", "baseEjectionTime", "out-of-range")]
    [InlineData(PolicyKind.OutlierDetection, """{"service":"shop","baseEjectionTime":"1m","maxEjectionTime":"30s"}""", "maxEjectionTime",
        "out-of-range")]
    [InlineData(PolicyKind.OutlierDetection, """{"service":"shop","maxEjectedPercent":101}""", "maxEjectedPercent", "out-of-range")]
    [InlineData(PolicyKind.OutlierDetection, """{"service":"shop","successRate":{"stdevFactor":0}}""", "successRate.stdevFactor",
        "out-of-range")]
    [InlineData(PolicyKind.OutlierDetection, """{"service":"shop","successRate":{"often":1}}""", "successRate.often", "unknown-field")]
    [InlineData(PolicyKind.OutlierDetection, """{"service":"shop","successRate":true}""", "successRate", "wrong-type")]
    [InlineData(PolicyKind.OutlierDetection, """{"service":"shop","failurePercentage":{"threshold":0}}""", "failurePercentage.threshold",
        "out-of-range")]
    [InlineData(PolicyKind.RateLimit, """{"service":"shop"}""", "requests", "missing")]
    [InlineData(PolicyKind.RateLimit, """{"service":"shop","requests":"many"}""", "requests", "wrong-type")]
    [InlineData(PolicyKind.RateLimit, """{"service":"shop","requests":0}""", "requests", "out-of-range")]
    [InlineData(PolicyKind.RateLimit, """{"service":"shop","requests":1,"unit":"day"}""", "unit", "unknown-value")]
    [InlineData(PolicyKind.RateLimit, """{"service":"shop","requests":1,"scope":"zone"}""", "scope", "unknown-value")]
    [InlineData(PolicyKind.RateLimit, """{"service":"shop","requests":1,"burst":0}""", "burst", "out-of-range")]
    [InlineData(PolicyKind.RateLimit, """{"service":"shop","requests":1000,"burst":49}""", "burst", "too-small")]
    [InlineData(PolicyKind.Timeout, """{"service":"shop"}""", "", "nothing-set")]
    [InlineData(PolicyKind.Timeout, """{"service":"shop","request":"0s"}""", "request", "out-of-range")]
    [InlineData(PolicyKind.Timeout, """{"service":"shop","request":2}""", "request", "wrong-type")]
    [InlineData(PolicyKind.Timeout, """{"service":"shop","idle":"soon"}""", "idle", "not-a-duration")]
    [InlineData(PolicyKind.Timeout, """{"service":"shop","connect":"2h"}""", "connect", "out-of-range")]
    [InlineData(PolicyKind.Fallback, """{"service":"shop"}""", "fallback", "missing")]
    [InlineData(PolicyKind.Fallback, """{"service":"shop","fallback":"a.b"}""", "fallback", "not-a-dns-label")]
    [InlineData(PolicyKind.Fallback, """{"service":"shop","fallback":"other","fallbackNamespace":"NO"}""", "fallbackNamespace",
        "not-a-dns-label")]
    [InlineData(PolicyKind.Fallback, """{"service":"shop","fallback":"shop"}""", "fallback", "falls-back-to-itself")]
    [InlineData(PolicyKind.Fallback, """{"service":"shop","namespace":"a","fallback":"shop","fallbackNamespace":"a"}""", "fallback",
        "falls-back-to-itself")]
    public void Bad_input_is_named(PolicyKind kind, string json, string field, string code)
    {
        var fault = Assert.Single(ResilienceLog.FaultsOf(kind, json));
        Assert.Equal((field, code), (fault.Field, fault.Code));
        Assert.NotEmpty(fault.Message);
    }

    [Fact]
    public void Every_fault_is_named_not_only_the_first() => Assert.Equal(
        ["baseEjectionTime", "consecutive5xx", "failurePercentage.minimumHosts", "interval", "namespace", "service",
            "successRate.requestVolume", "what"],
        ResilienceLog.FaultsOf(PolicyKind.OutlierDetection, """
            {"service":"NO","namespace":"NO","consecutive5xx":0,"interval":"x","baseEjectionTime":"x","maxEjectionTime":"1m","successRate":{"requestVolume":0},
             "failurePercentage":{"minimumHosts":0},"what":1}
            """).Select(fault => fault.Field).Order(StringComparer.Ordinal));

    [Fact]
    public void Without_more_than_a_service_the_defaults_hold()
    {
        var breaker = ResilienceLog.Command(PolicyKind.CircuitBreaker, """{"service":"shop"}""");
        Assert.Equal((new ServiceKey("default", "shop"), new CircuitBreakerPolicy()), (breaker.Key, breaker.Policy));
        Assert.Equal(new BulkheadPolicy { MaxConcurrent = 50, MaxQueued = 10 },
            ResilienceLog.Command(PolicyKind.Bulkhead, """{"service":"shop"}""").Policy);
        Assert.Equal(new OutlierDetectionPolicy { Consecutive5xx = 5 },
            ResilienceLog.Command(PolicyKind.OutlierDetection, """{"service":"shop"}""").Policy);
        Assert.Equal(
            new OutlierDetectionPolicy { SuccessRate = new(), BaseEjectionTimeMs = 3_600_000, MaxEjectionTimeMs = 3_600_000 },
            ResilienceLog.Command(PolicyKind.OutlierDetection, """{"service":"shop","successRate":{},"baseEjectionTime":"1h"}""").Policy);
        Assert.Equal(new RateLimitPolicy { Requests = 100, Burst = 100 },
            ResilienceLog.Command(PolicyKind.RateLimit, """{"service":"shop","requests":100}""").Policy);
        Assert.Equal(
            new FallbackPolicy { Service = "other", Namespace = "prod" },
            ResilienceLog.Command(PolicyKind.Fallback, """{"service":"shop","namespace":"prod","fallback":"other"}""").Policy);
    }

    [Fact]
    public void A_service_of_the_same_name_in_another_namespace_may_stand_in() =>
        Assert.Empty(ResilienceLog.FaultsOf(PolicyKind.Fallback, """{"service":"shop","fallback":"shop","fallbackNamespace":"standby"}"""));
}
