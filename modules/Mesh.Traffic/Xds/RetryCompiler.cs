using Google.Protobuf.WellKnownTypes;
using Mesh.Contracts.Traffic;
using Mesh.Traffic.Rules;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Traffic.Xds;

/// <summary>When a request is sent again.</summary>
internal static class RetryCompiler
{
    /// <summary>The policy; null where none of its conditions is one that clients of the flavour know.</summary>
    public static RetryPolicy? Compile(RetrySpec retry, XdsFlavour flavour)
    {
        var conditions = retry.On ?? RetryConditionNames.Default;
        var names = flavour == XdsFlavour.Grpc
            ? conditions.Select(ForGrpc).OfType<string>().Distinct().ToList()
            : conditions.Select(condition => RetryConditionNames.Status(condition) is null ? condition : "retriable-status-codes")
                .Distinct().ToList();
        if (names.Count == 0) return null;
        var first = BalancingCompiler.Wire(retry.Backoff?.Base ?? "25ms");
        var policy = new RetryPolicy
        {
            RetryOn = string.Join(',', names),
            NumRetries = (uint)retry.Attempts,
            RetryBackOff = new RetryPolicy.Types.RetryBackOff
            {
                BaseInterval = first,
                MaxInterval = retry.Backoff?.Max is { } max ? BalancingCompiler.Wire(max) : Duration.FromTimeSpan(10 * first.ToTimeSpan()),
            },
        };
        if (flavour == XdsFlavour.Grpc) return policy;
        if (retry.PerTryTimeout is { } each) policy.PerTryTimeout = BalancingCompiler.Wire(each);
        policy.RetriableStatusCodes.AddRange(conditions.Select(RetryConditionNames.Status).OfType<uint>());
        return policy;
    }

    // What a gRPC client sees of HTTP's failures is UNAVAILABLE, for those that gRPC maps so.
    private static string? ForGrpc(string condition) => RetryConditionNames.IsGrpc(condition) ? condition
        : condition is "retriable-4xx" || RetryConditionNames.Status(condition) is not (null or 429 or 502 or 503 or 504)
            ? null
            : "unavailable";
}
