using Mesh.Api.Rest;
using Mesh.Resilience.Policies;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Resilience.Api;

/// <summary>Resilience's REST interface (Flow step 1), under <c>/api/resilience</c> and <c>/api/v1/resilience</c>.</summary>
internal static class ResilienceEndpoints
{
    public const string WritePermission = "resilience.write";
    private const string ReadPermission = "resilience.read";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var policies = endpoints.ServiceProvider.GetRequiredService<PolicyEndpoints>();
        var rest = new RestRoutes(endpoints, "/resilience", ReadPermission, WritePermission);
        foreach (var kind in PolicyKinds.All)
        {
            rest.Post($"/{PolicyKinds.PathOf(kind)}", policies.Set(kind), ResilienceDocs.Set[kind]);
            rest.Delete($"/{PolicyKinds.PathOf(kind)}", policies.Remove(kind), ResilienceDocs.Remove[kind]);
        }

        rest.Get("/policies", policies.List, ResilienceDocs.List);
    }
}
