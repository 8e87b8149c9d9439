using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;
using Mesh.Contracts.Resilience;

namespace Mesh.Tests.Resilience;

/// <summary>What stands in logs has to stay readable for good.</summary>
public class EventJsonTests
{
    [Fact]
    public void Events_are_written_as_they_always_were()
    {
        Check(new CircuitBreakerSet("ns", "s", new() { MaxRequests = 2, MaxRetries = 0 }),
            """{"namespace":"ns","service":"s","policy":{"threshold":5,"maxRequests":2,"maxRetries":0}}""");
        Check(new BulkheadSet("ns", "s", new() { MaxQueued = 0 }),
            """{"namespace":"ns","service":"s","policy":{"maxConcurrent":50,"maxQueued":0}}""");
        Check(
            new OutlierDetectionSet("ns", "s", new() { Consecutive5xx = 1, SuccessRate = new(), FailurePercentage = new() }),
            """{"namespace":"ns","service":"s","policy":"""
                + """{"consecutive5xx":1,"intervalMs":10000,"baseEjectionTimeMs":30000,"maxEjectionTimeMs":300000,"maxEjectedPercent":"""
                + """10,"successRate":{"minimumHosts":5,"requestVolume":100,"stdevFactor":1900},"failurePercentage":"""
                + """{"threshold":85,"minimumHosts":5,"requestVolume":50}}}""");
        Check(
            new RateLimitSet("ns", "s", new() { Requests = 1, Burst = 2, Unit = RateLimitUnit.Hour, Scope = RateLimitScope.Global }),
            """{"namespace":"ns","service":"s","policy":{"requests":1,"unit":"hour","burst":2,"scope":"global"}}""");
        Check(new TimeoutSet("ns", "s", new() { RequestMs = 1 }), """{"namespace":"ns","service":"s","policy":{"requestMs":1}}""");
        Check(new FallbackSet("ns", "s", new() { Service = "t", Namespace = "u" }),
            """{"namespace":"ns","service":"s","policy":{"service":"t","namespace":"u"}}""");
        Check(new PolicyRemoved("ns", "s", PolicyKind.OutlierDetection), """{"namespace":"ns","service":"s","kind":"outlier-detection"}""");
        Check(new CircuitOpened("ns", "s", 2, "a"), """{"namespace":"ns","service":"s","count":2,"detail":"a"}""");
        Check(new CircuitClosed("ns", "s", 2, ""), """{"namespace":"ns","service":"s","count":2,"detail":""}""");
        Check(new InstanceEjected("ns", "s", 2, "a"), """{"namespace":"ns","service":"s","count":2,"detail":"a"}""");
        Check(new BulkheadRejected("ns", "s", 2, "a"), """{"namespace":"ns","service":"s","count":2,"detail":"a"}""");
    }

    [Fact]
    public void Fields_of_a_later_version_are_passed_over_and_missing_ones_have_their_defaults() => Assert.Equal(
        new BulkheadSet("ns", "s", new BulkheadPolicy()),
        JsonSerializer.Deserialize("""{"later":1,"namespace":"ns","service":"s","policy":{"later":{}}}""", BulkheadSet.JsonType));

    [Theory]
    [InlineData("""{"namespace":"ns","service":"s","policy":{"requests":1}}""")]
    [InlineData("""{"namespace":"ns","service":"s","policy":{"requests":1,"burst":1,"unit":"day"}}""")]
    public void What_cannot_be_understood_is_an_error_and_no_guess(string json) =>
        Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize(Encoding.UTF8.GetBytes(json), RateLimitSet.JsonType));

    private static void Check<TEvent>(TEvent written, string json) where TEvent : IMeshEvent<TEvent>
    {
        JsonTypeInfo<TEvent> type = TEvent.JsonType;
        Assert.Equal(json, JsonSerializer.Serialize(written, type));
        Assert.Equal(written, JsonSerializer.Deserialize(json, type));
    }
}
