using Mesh.Contracts.Traffic;
using Mesh.Kernel.State;
using Mesh.Traffic.State;

namespace Mesh.Traffic.Read;

/// <summary>Policies as REST and gRPC show them, by namespace and service.</summary>
internal static class PolicyAnswers
{
    /// <summary>All that the filter lets through.</summary>
    public static TrafficPolicyListAnswer ToList(MeshState state, string? @namespace) => new()
    {
        Sequence = state.Sequence,
        Items = [.. All(state.Facts<TrafficState>()).Where(policy => @namespace is null || policy.Namespace == @namespace)],
    };

    /// <summary>All policies of the state.</summary>
    public static IReadOnlyList<TrafficPolicyAnswer> All(TrafficState traffic) =>
        [.. traffic.Services.Where(service => service.Policy is not null).OrderBy(service => service.Key)
            .Select(service => Of(service.Policy!))];

    /// <summary>One policy.</summary>
    public static TrafficPolicyAnswer Of(PolicyState policy) => new(policy.Spec) { Revision = policy.Version };
}
