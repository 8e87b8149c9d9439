using Mesh.Kernel.Http;
using Mesh.Resilience.Policies;
using Mesh.ServiceDefaults.Permissions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Resilience.Api;

/// <summary>Resilience's REST interface (Flow step 1), under <c>/api/resilience</c> and <c>/api/v1/resilience</c>.</summary>
internal static class ResilienceEndpoints
{
    public const string ReadPermission = "resilience.read";
    public const string WritePermission = "resilience.write";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var policies = endpoints.ServiceProvider.GetRequiredService<PolicyEndpoints>();
        foreach (var prefix in new[] { "/api/resilience", "/api/v1/resilience" })
        {
            foreach (var kind in PolicyKinds.All)
            {
                var (set, remove) = (policies.Set(kind), policies.Remove(kind));
                var path = $"{prefix}/{PolicyKinds.PathOf(kind)}";
                endpoints.MapPost(path, set).Describe(ResilienceDocs.Set[kind], set).RequireMeshPermission(WritePermission);
                endpoints.MapDelete(path, remove).Describe(ResilienceDocs.Remove[kind], remove).RequireMeshPermission(WritePermission);
            }

            endpoints.MapGet($"{prefix}/policies", policies.List).Describe(ResilienceDocs.List, policies.List).RequireMeshPermission(ReadPermission);
        }
    }
}
