using Mesh.Discovery.Read;
using Mesh.Discovery.Register;
using Mesh.Kernel.Values;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Discovery.Rpc;

/// <summary>Messages as the checks take them; an empty text counts as unset, and a number where it has no presence on the wire.</summary>
internal static class RpcInput
{
    public static RegisterInput Of(V1.RegisterRequest request) => new()
    {
        Name = request.Name,
        Namespace = request.Namespace,
        InstanceId = request.InstanceId,
        Url = NullIfEmpty(request.Url),
        Address = NullIfEmpty(request.Address),
        Port = request.Port == 0 ? null : request.Port,
        Protocol = request.Protocol,
        Version = request.Version,
        Zone = request.Zone,
        Weight = request.HasWeight ? request.Weight : null,
        Metadata = [.. request.Metadata],
        TtlSeconds = request.TtlSeconds,
        HealthCheck = request.HealthCheck is null ? null : Of(request.HealthCheck),
        DeregisterAfterCritical = NullIfEmpty(request.DeregisterAfterCritical),
        Replace = request.Replace,
    };

    public static ServiceFilter Of(V1.ListServicesRequest request, Faults faults) => ServiceFilter.Of(
        request.Namespace, request.Name, request.Protocol, request.Version, request.Zone, request.Health, [.. request.Metadata], faults);

    private static HealthCheckInput Of(V1.HealthCheck check) => new()
    {
        Kind = check.Kind,
        Path = check.Path,
        Interval = check.Interval,
        Timeout = check.Timeout,
        Rise = check.HasRise ? check.Rise : null,
        Fall = check.HasFall ? check.Fall : null,
        DeregisterAfterCritical = NullIfEmpty(check.DeregisterAfterCritical),
    };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
