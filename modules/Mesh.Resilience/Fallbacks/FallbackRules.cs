using Mesh.Contracts.Resilience;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Values;

namespace Mesh.Resilience.Fallbacks;

/// <summary>Fallbacks as REST and gRPC say them, and in normal form. Finds every fault.</summary>
internal static class FallbackRules
{
    public static FallbackRequest Read(JsonFields body) => new()
    {
        Service = "",
        Fallback = body.Text("fallback") ?? "",
        FallbackNamespace = body.Text("fallbackNamespace"),
    };

    /// <param name="key">The service; null where it is at fault itself.</param>
    /// <param name="request">As sent.</param>
    /// <param name="faults">Collects what is wrong.</param>
    public static FallbackPolicy Check(ServiceKey? key, FallbackRequest request, Faults faults)
    {
        var name = Labels.Read(request.Fallback, "fallback", null, faults);
        var @namespace = Labels.Read(request.FallbackNamespace, "fallbackNamespace", key?.Namespace ?? ServiceKey.DefaultNamespace, faults);
        if (key is { } service && service == new ServiceKey(@namespace ?? "", name ?? ""))
            faults.Add("fallback", "falls-back-to-itself", $"Service {service} cannot be its own fallback; name another service.");
        return new() { Service = name ?? "", Namespace = @namespace ?? "" };
    }

    public static FallbackRequest Show(ServiceKey key, FallbackPolicy policy) => new()
    {
        Service = key.Name,
        Namespace = key.Namespace,
        Fallback = policy.Service,
        FallbackNamespace = policy.Namespace,
    };
}
