using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Traffic.Api;

/// <summary>Traffic's REST interface (Flow step 1), under <c>/api/traffic</c> and <c>/api/v1/traffic</c>.</summary>
internal static class TrafficEndpoints
{
    /// <summary>What traffic's operations require, over REST and over gRPC.</summary>
    public static OperationPermissions Permissions { get; } = OperationPermissions.Of("traffic");

    /// <summary>What workers require to report what they have concluded.</summary>
    public static OperationPermissions Reporting { get; } = Permissions with { Write = "traffic.report" };

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var routes = endpoints.ServiceProvider.GetRequiredService<RouteEndpoints>();
        var policies = endpoints.ServiceProvider.GetRequiredService<PolicyEndpoints>();
        endpoints.MapOperation(TrafficOperations.SetRoute, routes.SetAsync);
        endpoints.MapOperation(TrafficOperations.RemoveRoute, routes.RemoveAsync);
        endpoints.MapOperation(TrafficOperations.ListRoutes, routes.ListAsync);
        endpoints.MapOperation(TrafficOperations.GetRoute, routes.GetAsync);
        endpoints.MapOperation(TrafficOperations.PutPolicy, policies.PutAsync);
        endpoints.MapOperation(TrafficOperations.DeletePolicy, policies.DeleteAsync);
        endpoints.MapOperation(TrafficOperations.GetPolicy, policies.GetAsync);
        endpoints.MapOperation(TrafficOperations.ListPolicies, policies.ListAsync);
    }
}
