using Google.Protobuf;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Resilience.Policies;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Resilience.Rpc;

/// <summary>Messages as the checks take them.</summary>
internal static class RpcInput
{
    /// <summary>The policy; null with a fault where the request holds none.</summary>
    public static IResiliencePolicy? Policy(ServiceKey? key, V1.SetPolicyRequest request, Faults faults) => request.PolicyCase switch
    {
        V1.SetPolicyRequest.PolicyOneofCase.CircuitBreaker => Read(PolicyKind.CircuitBreaker, key, request.CircuitBreaker, faults),
        V1.SetPolicyRequest.PolicyOneofCase.Bulkhead => Read(PolicyKind.Bulkhead, key, request.Bulkhead, faults),
        V1.SetPolicyRequest.PolicyOneofCase.OutlierDetection => Read(PolicyKind.OutlierDetection, key, request.OutlierDetection, faults),
        V1.SetPolicyRequest.PolicyOneofCase.RateLimit => Read(PolicyKind.RateLimit, key, request.RateLimit, faults),
        V1.SetPolicyRequest.PolicyOneofCase.Timeout => Read(PolicyKind.Timeout, key, request.Timeout, faults),
        V1.SetPolicyRequest.PolicyOneofCase.Fallback => Read(PolicyKind.Fallback, key, request.Fallback, faults),
        _ => Missing(faults),
    };

    private static IResiliencePolicy Read(PolicyKind kind, ServiceKey? key, IMessage message, Faults faults) =>
        PolicyInput.Policy(kind, key, JsonFields.Of(message, faults), faults);

    private static IResiliencePolicy? Missing(Faults faults)
    {
        faults.Add("policy", "missing", "Set the policy.");
        return null;
    }
}
