using Mesh.Contracts.Resilience;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Resilience.Bulkheads;
using Mesh.Resilience.CircuitBreakers;
using Mesh.Resilience.Fallbacks;
using Mesh.Resilience.Outliers;
using Mesh.Resilience.RateLimits;
using Mesh.Resilience.Timeouts;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Resilience.Rpc;

/// <summary>Messages as the checks take them; an empty text counts as unset.</summary>
internal static class RpcInput
{
    /// <summary>The policy; null with a fault where the request holds none.</summary>
    public static IResiliencePolicy? Policy(ServiceKey? key, V1.SetPolicyRequest request, Faults faults)
    {
        switch (request.PolicyCase)
        {
            case V1.SetPolicyRequest.PolicyOneofCase.CircuitBreaker: return CircuitBreakerRules.Check(Of(request.CircuitBreaker), faults);
            case V1.SetPolicyRequest.PolicyOneofCase.Bulkhead: return BulkheadRules.Check(Of(request.Bulkhead), faults);
            case V1.SetPolicyRequest.PolicyOneofCase.OutlierDetection: return OutlierRules.Check(Of(request.OutlierDetection), faults);
            case V1.SetPolicyRequest.PolicyOneofCase.RateLimit: return RateLimitRules.Check(Of(request.RateLimit), faults);
            case V1.SetPolicyRequest.PolicyOneofCase.Timeout: return TimeoutRules.Check(Of(request.Timeout), faults);
            case V1.SetPolicyRequest.PolicyOneofCase.Fallback: return FallbackRules.Check(key, Of(request.Fallback), faults);
            default:
                faults.Add("policy", "missing", "Set the policy.");
                return null;
        }
    }

    private static CircuitBreakerRequest Of(V1.CircuitBreaker m) => new()
    {
        Service = "",
        Threshold = m.HasThreshold ? m.Threshold : null,
        MaxConnections = m.HasMaxConnections ? m.MaxConnections : null,
        MaxPendingRequests = m.HasMaxPendingRequests ? m.MaxPendingRequests : null,
        MaxRequests = m.HasMaxRequests ? m.MaxRequests : null,
        MaxRetries = m.HasMaxRetries ? m.MaxRetries : null,
    };

    private static BulkheadRequest Of(V1.Bulkhead m) => new()
    {
        Service = "",
        MaxConcurrent = m.HasMaxConcurrent ? m.MaxConcurrent : null,
        MaxQueued = m.HasMaxQueued ? m.MaxQueued : null,
    };

    private static OutlierDetectionRequest Of(V1.OutlierDetection m) => new()
    {
        Service = "",
        Consecutive5xx = m.HasConsecutive5Xx ? m.Consecutive5Xx : null,
        ConsecutiveGatewayErrors = m.HasConsecutiveGatewayErrors ? m.ConsecutiveGatewayErrors : null,
        Interval = Said(m.Interval),
        BaseEjectionTime = Said(m.BaseEjectionTime),
        MaxEjectionTime = Said(m.MaxEjectionTime),
        MaxEjectedPercent = m.HasMaxEjectedPercent ? m.MaxEjectedPercent : null,
        SuccessRate = m.SuccessRate is { } rate
            ? new()
            {
                MinimumHosts = rate.HasMinimumHosts ? rate.MinimumHosts : null,
                RequestVolume = rate.HasRequestVolume ? rate.RequestVolume : null,
                StdevFactor = rate.HasStdevFactor ? rate.StdevFactor : null,
            }
            : null,
        FailurePercentage = m.FailurePercentage is { } share
            ? new()
            {
                Threshold = share.HasThreshold ? share.Threshold : null,
                MinimumHosts = share.HasMinimumHosts ? share.MinimumHosts : null,
                RequestVolume = share.HasRequestVolume ? share.RequestVolume : null,
            }
            : null,
    };

    private static RateLimitRequest Of(V1.RateLimit m) => new()
    {
        Service = "",
        Requests = m.Requests == 0 ? null : m.Requests,
        Unit = Said(m.Unit),
        Burst = m.HasBurst ? m.Burst : null,
        Scope = Said(m.Scope),
    };

    private static TimeoutRequest Of(V1.TimeoutPolicy m) => new() { Service = "", Request = Said(m.Request), Idle = Said(m.Idle), Connect = Said(m.Connect) };

    private static FallbackRequest Of(V1.Fallback m) => new() { Service = "", Fallback = m.Service, FallbackNamespace = Said(m.Namespace) };

    private static string? Said(string text) => text.Length == 0 ? null : text;
}
