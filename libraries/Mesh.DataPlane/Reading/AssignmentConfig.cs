using Mesh.DataPlane.Balancing;
using Mesh.Xds.Protos;

namespace Mesh.DataPlane.Reading;

/// <summary>A load assignment as read.</summary>
/// <param name="Endpoints">The endpoints.</param>
/// <param name="Policy">What comes with them.</param>
internal sealed record AssignmentConfig(IReadOnlyList<EndpointConfig> Endpoints, AssignmentPolicy Policy)
{
    /// <summary>No endpoints.</summary>
    public static AssignmentConfig Empty { get; } = new([], AssignmentPolicy.Default);
}

/// <summary>Reads what comes with a cluster's endpoints beside themselves.</summary>
internal static class AssignmentPolicyReader
{
    public static AssignmentPolicy Read(ClusterLoadAssignment.Types.Policy? policy, ResourceFaults faults)
    {
        if (policy is null)
            return AssignmentPolicy.Default;
        if (policy.OverprovisioningFactor is 0)
            faults.Add("policy.overprovisioning_factor", "is 0: no endpoint could carry anything");
        return new AssignmentPolicy
        {
            Overprovisioning = policy.OverprovisioningFactor is { } factor ? factor / 100.0 : PriorityLoads.Overprovisioning,
            Drops = [
                .. policy.DropOverloads.Select(d => new DropShare(d.Category, FaultPolicyReader.Share(d.DropPercentage)))
                    .Where(d => d.Share > 0)],
        };
    }
}
