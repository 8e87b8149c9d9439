using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Resilience.Policies;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Resilience.Api;

/// <summary>Resilience's REST interface (Flow step 1), under <c>/api/resilience</c> and <c>/api/v1/resilience</c>.</summary>
internal static class ResilienceEndpoints
{
    /// <summary>What resilience's operations require, over REST and over gRPC.</summary>
    public static OperationPermissions Permissions { get; } = OperationPermissions.Of("resilience") with
    {
        // Data planes report what happened to them; that lets nobody change a policy.
        Others = new Dictionary<string, string> { ["ReportIncidents"] = "resilience.report" },
    };

    /// <summary>What data planes require to take tokens of a rate limit that they share.</summary>
    public static OperationPermissions Tokens { get; } = OperationPermissions.Single("resilience.take-tokens");

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var policies = endpoints.ServiceProvider.GetRequiredService<PolicyEndpoints>();
        foreach (var kind in PolicyKinds.All)
        {
            endpoints.MapOperation(ResilienceOperations.Set[kind], policies.Set(kind));
            endpoints.MapOperation(ResilienceOperations.Remove[kind], policies.Remove(kind));
        }

        endpoints.MapOperation(ResilienceOperations.List, policies.ListAsync);
    }
}
