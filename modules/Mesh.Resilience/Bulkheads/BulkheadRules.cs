using Mesh.Contracts.Resilience;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;
using Mesh.Resilience.Policies;

namespace Mesh.Resilience.Bulkheads;

/// <summary>Bulkheads as REST and gRPC say them, and in normal form. Finds every fault.</summary>
internal static class BulkheadRules
{
    public static BulkheadRequest Read(JsonFields body) => new()
    {
        Service = "",
        MaxConcurrent = body.Number("maxConcurrent"),
        MaxQueued = body.Number("maxQueued"),
    };

    public static BulkheadPolicy Check(BulkheadRequest request, Faults faults) => new()
    {
        MaxConcurrent = Bounds.Number(request.MaxConcurrent, "maxConcurrent", 1, ResilienceLimits.MostAtOnce, faults) ?? 50,
        MaxQueued = Bounds.Number(request.MaxQueued, "maxQueued", 0, ResilienceLimits.MostAtOnce, faults) ?? 10,
    };

    public static BulkheadRequest Show(ServiceKey key, BulkheadPolicy policy) => new()
    {
        Service = key.Name,
        Namespace = key.Namespace,
        MaxConcurrent = policy.MaxConcurrent,
        MaxQueued = policy.MaxQueued,
    };
}
