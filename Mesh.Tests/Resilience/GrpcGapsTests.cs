using Mesh.Contracts.Resilience;
using Mesh.Resilience.Answers;
using Mesh.Tests.Resilience.Support;

namespace Mesh.Tests.Resilience;

public class GrpcGapsTests
{
    [Theory]
    [InlineData(PolicyKind.CircuitBreaker, "\"maxRequests\":5", "threshold")]
    [InlineData(PolicyKind.CircuitBreaker, "\"threshold\":3,\"maxConnections\":5,\"maxPendingRequests\":5,\"maxRetries\":5",
        "maxConnections maxPendingRequests maxRetries threshold")]
    [InlineData(PolicyKind.Bulkhead, "\"maxConcurrent\":2,\"maxQueued\":0", "")]
    [InlineData(PolicyKind.Bulkhead, "\"maxConcurrent\":2,\"maxQueued\":2", "maxQueued")]
    [InlineData(PolicyKind.OutlierDetection, "\"consecutive5xx\":3", "consecutive5xx")]
    [InlineData(PolicyKind.RateLimit, "\"requests\":3", "requests")]
    [InlineData(PolicyKind.Timeout, "\"request\":\"3s\"", "")]
    [InlineData(PolicyKind.Timeout, "\"request\":\"3s\",\"idle\":\"3s\",\"connect\":\"3s\"", "connect idle")]
    [InlineData(PolicyKind.Fallback, "\"fallback\":\"other\"", "fallback")]
    public void A_policy_of_a_service_that_speaks_grpc_warns_of_what_grpcs_own_clients_pass_over(PolicyKind kind, string body,
        string fields)
    {
        var log = new ResilienceLog();
        log.Register("""{"name":"cart","url":"grpc://10.0.1.1:80"}""");
        log.Register("""{"name":"shop","url":"http://10.0.1.2:80"}""");
        Assert.Equal(fields, Fields(log.Set(kind, $$"""{"service":"cart",{{body}}}""").Answer));
        Assert.Equal("", Fields(log.Set(kind, $$"""{"service":"shop",{{body}}}""").Answer));
    }

    private static string Fields(object? answer) =>
        string.Join(' ',
            (((PolicyOutcome)answer!).Warnings ?? []).Select(warning => warning[..warning.IndexOf(':')]).Order(StringComparer.Ordinal));
}
