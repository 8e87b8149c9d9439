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
        var rest = Rest(endpoints);
        rest.Post("/routes", routes.Set, TrafficDocs.SetRoute);
        rest.Delete("/routes", routes.Remove, TrafficDocs.RemoveRoute);
        rest.Get("/routes", routes.List, TrafficDocs.ListRoutes);
        rest.Get("/routes/{service}/{name}", routes.Get, TrafficDocs.GetRoute);
        rest.Put("/policies/{service}", policies.Put, TrafficDocs.PutPolicy);
        rest.Delete("/policies/{service}", policies.Delete, TrafficDocs.DeletePolicy);
        rest.Get("/policies/{service}", policies.Get, TrafficDocs.GetPolicy);
        rest.Get("/policies", policies.List, TrafficDocs.ListPolicies);
    }

    /// <summary>Where all of traffic's operations are mapped, those of rollouts and deliveries too.</summary>
    public static RestRoutes Rest(IEndpointRouteBuilder endpoints) => new(endpoints, "/traffic", Permissions);
}
