using System.CommandLine;
using Mesh.Api.Client.Requests;
using Mesh.Cli.Running;

namespace Mesh.Cli.Resilience;

/// <summary><c>cdaprod-mesh resilience …</c>.</summary>
internal static class ResilienceCommands
{
    /// <summary>Kinds of policy by the names that people type.</summary>
    public static readonly IReadOnlyDictionary<string, ResilienceKind> Kinds = new Dictionary<string, ResilienceKind>
    {
        ["circuit-breaker"] = ResilienceKind.CircuitBreaker,
        ["bulkhead"] = ResilienceKind.Bulkhead,
        ["outlier-detection"] = ResilienceKind.OutlierDetection,
        ["rate-limit"] = ResilienceKind.RateLimit,
        ["timeout"] = ResilienceKind.Timeout,
        ["fallback"] = ResilienceKind.Fallback,
    };

    public static Command Create(GlobalOptions globals) =>
        new MeshCommand("resilience", "Circuit breakers, bulkheads, outlier detection, rate limits, timeouts and fallbacks.")
    {
        LimitCommands.CircuitBreaker(globals),
        LimitCommands.Bulkhead(globals),
        LimitCommands.RateLimit(globals),
        OutlierCommand.Create(globals),
        RoutePolicyCommands.Timeout(globals),
        RoutePolicyCommands.Fallback(globals),
        ListPoliciesCommand.Create(globals),
        RemoveCommand.Create(globals),
    };
}
