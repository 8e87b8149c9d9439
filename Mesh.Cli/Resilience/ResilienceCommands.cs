using System.CommandLine;
using Mesh.Cli.Running;

namespace Mesh.Cli.Resilience;

/// <summary><c>cdaprod-mesh resilience …</c>.</summary>
internal static class ResilienceCommands
{
    /// <summary>Kinds of policy and their REST paths.</summary>
    public static readonly IReadOnlyDictionary<string, string> Paths = new Dictionary<string, string>
    {
        ["circuit-breaker"] = "circuit-breakers",
        ["bulkhead"] = "bulkheads",
        ["outlier-detection"] = "outlier-detection",
        ["rate-limit"] = "rate-limits",
        ["timeout"] = "timeouts",
        ["fallback"] = "fallbacks",
    };

    public static Command Create(GlobalOptions globals) => new MeshCommand("resilience", "Circuit breakers, bulkheads, outlier detection, rate limits, timeouts and fallbacks.")
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
