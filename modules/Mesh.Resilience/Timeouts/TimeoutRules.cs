using Mesh.Contracts.Resilience;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Resilience.Policies;

namespace Mesh.Resilience.Timeouts;

/// <summary>Timeouts as REST and gRPC say them, and in normal form. Finds every fault.</summary>
internal static class TimeoutRules
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    public static TimeoutRequest Read(JsonFields body) => new()
    {
        Service = "",
        Request = body.Text("request"),
        Idle = body.Text("idle"),
        Connect = body.Text("connect"),
    };

    public static TimeoutPolicy Check(TimeoutRequest request, Faults faults)
    {
        var policy = new TimeoutPolicy
        {
            RequestMs = Bounds.Duration(request.Request, "request", Shortest, ResilienceLimits.LongestTime, faults),
            IdleMs = Bounds.Duration(request.Idle, "idle", Shortest, ResilienceLimits.LongestTime, faults),
            ConnectMs = Bounds.Duration(request.Connect, "connect", Shortest, ResilienceLimits.LongestInterval, faults),
        };
        if (request is { Request: null, Idle: null, Connect: null } && !faults.Has("request") && !faults.Has("idle")
            && !faults.Has("connect"))
            faults.Add("", "nothing-set", "Set at least one of 'request', 'idle' and 'connect'; to remove all limits, delete the policy.");
        return policy;
    }

    public static TimeoutRequest Show(ServiceKey key, TimeoutPolicy policy) => new()
    {
        Service = key.Name,
        Namespace = key.Namespace,
        Request = Bounds.Duration(policy.RequestMs),
        Idle = Bounds.Duration(policy.IdleMs),
        Connect = Bounds.Duration(policy.ConnectMs),
    };
}
