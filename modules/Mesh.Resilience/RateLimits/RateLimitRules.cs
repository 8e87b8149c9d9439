using Mesh.Contracts.Resilience;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Resilience.Policies;

namespace Mesh.Resilience.RateLimits;

/// <summary>Rate limits as REST and gRPC say them, and in normal form. Finds every fault.</summary>
internal static class RateLimitRules
{
    public static RateLimitRequest Read(JsonFields body) => new()
    {
        Service = "",
        Requests = body.Number("requests"),
        Unit = body.Text("unit"),
        Burst = body.Number("burst"),
        Scope = body.Text("scope"),
    };

    public static RateLimitPolicy Check(RateLimitRequest request, Faults faults)
    {
        if (request.Requests is null && !faults.Has("requests"))
            faults.Add("requests", "missing", "'requests' is required: the number per unit.");
        var requests = Bounds.Number(request.Requests, "requests", 1, ResilienceLimits.MostRequests, faults) ?? 1;
        var unit = Bounds.Word<RateLimitUnit>(request.Unit, "unit", faults) ?? RateLimitUnit.Second;
        var burst = Bounds.Number(request.Burst, "burst", 1, ResilienceLimits.MostRequests, faults) ?? requests;
        var policy = new RateLimitPolicy
        {
            Requests = requests,
            Unit = unit,
            Burst = burst,
            Scope = Bounds.Word<RateLimitScope>(request.Scope, "scope", faults) ?? RateLimitScope.Local,
        };
        var fill = TokenFill.Of(policy);
        if (burst < fill.Tokens && !faults.Has("burst") && !faults.Has("unit") && !faults.Has("requests"))
        {
            faults.Add("burst", "too-small",
                $"A burst of {burst} cannot let {requests} requests through in a {Bounds.NameOf(unit)}: "
                + $"tokens are added {fill.Tokens} at a time, every {fill.Interval.TotalMilliseconds:0.#} ms. Use at least {fill.Tokens}.");
        }

        return policy;
    }

    public static RateLimitRequest Show(ServiceKey key, RateLimitPolicy policy) => new()
    {
        Service = key.Name,
        Namespace = key.Namespace,
        Requests = policy.Requests,
        Unit = Bounds.NameOf(policy.Unit),
        Burst = policy.Burst,
        Scope = Bounds.NameOf(policy.Scope),
    };
}
