using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Resilience.Policies;
using Mesh.Resilience.Read;
using Mesh.Resilience.State;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Resilience.Rpc;

/// <summary>State as gRPC shows it.</summary>
public static class RpcAnswers
{
    /// <summary>All that the filter lets through.</summary>
    public static V1.PolicyList ToList(ResilienceState state, long sequence, PolicyFilter filter)
    {
        var list = new V1.PolicyList { Sequence = sequence };
        foreach (var (key, policy) in filter.Apply(state)) list.Items.Add(ToMessage(key, policy));
        return list;
    }

    private static V1.Policy ToMessage(ServiceKey key, PolicyState state)
    {
        var message = new V1.Policy
        {
            Service = key.Name,
            Namespace = key.Namespace,
            Kind = PolicyKinds.NameOf(state.Policy.Kind),
            Revision = state.Version,
        };
        switch (state.Policy)
        {
            case CircuitBreakerPolicy policy: message.CircuitBreaker = Of(policy); break;
            case BulkheadPolicy policy: message.Bulkhead = new() { MaxConcurrent = policy.MaxConcurrent, MaxQueued = policy.MaxQueued };
                break;
            case OutlierDetectionPolicy policy: message.OutlierDetection = Of(policy); break;
            case RateLimitPolicy policy:
                message.RateLimit = new()
                {
                    Requests = policy.Requests,
                    Unit = Bounds.NameOf(policy.Unit),
                    Burst = policy.Burst,
                    Scope = Bounds.NameOf(policy.Scope),
                };
                break;
            case TimeoutPolicy policy:
                message.Timeout = new()
                {
                    Request = Bounds.Duration(policy.RequestMs) ?? "",
                    Idle = Bounds.Duration(policy.IdleMs) ?? "",
                    Connect = Bounds.Duration(policy.ConnectMs) ?? "",
                };
                break;
            case FallbackPolicy policy: message.Fallback = new() { Service = policy.Service, Namespace = policy.Namespace }; break;
        }

        return message;
    }

    private static V1.CircuitBreaker Of(CircuitBreakerPolicy policy)
    {
        var message = new V1.CircuitBreaker { Threshold = policy.Threshold };
        if (policy.MaxConnections is { } connections) message.MaxConnections = connections;
        if (policy.MaxPendingRequests is { } pending) message.MaxPendingRequests = pending;
        if (policy.MaxRequests is { } requests) message.MaxRequests = requests;
        if (policy.MaxRetries is { } retries) message.MaxRetries = retries;
        return message;
    }

    private static V1.OutlierDetection Of(OutlierDetectionPolicy policy)
    {
        var message = new V1.OutlierDetection
        {
            Interval = Bounds.Duration(policy.IntervalMs),
            BaseEjectionTime = Bounds.Duration(policy.BaseEjectionTimeMs),
            MaxEjectionTime = Bounds.Duration(policy.MaxEjectionTimeMs),
            MaxEjectedPercent = policy.MaxEjectedPercent,
        };
        if (policy.Consecutive5xx is { } errors) message.Consecutive5Xx = errors;
        if (policy.ConsecutiveGatewayErrors is { } gateway) message.ConsecutiveGatewayErrors = gateway;
        if (policy.SuccessRate is { } rate)
            message.SuccessRate = new()
            {
                MinimumHosts = rate.MinimumHosts,
                RequestVolume = rate.RequestVolume,
                StdevFactor = rate.StdevFactor,
            };
        if (policy.FailurePercentage is { } share)
            message.FailurePercentage = new()
            {
                Threshold = share.Threshold,
                MinimumHosts = share.MinimumHosts,
                RequestVolume = share.RequestVolume,
            };
        return message;
    }
}
