using Mesh.Kernel.Http;
using Mesh.ServiceDefaults.Permissions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Traffic.Api;

/// <summary>Traffic's REST interface (Flow step 1), under <c>/api/traffic</c> and <c>/api/v1/traffic</c>.</summary>
internal static class TrafficEndpoints
{
    public const string ReadPermission = "traffic.read";
    public const string WritePermission = "traffic.write";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var routes = endpoints.ServiceProvider.GetRequiredService<RouteEndpoints>();
        var policies = endpoints.ServiceProvider.GetRequiredService<PolicyEndpoints>();
        foreach (var prefix in new[] { "/api/traffic", "/api/v1/traffic" })
        {
            Write(endpoints.MapPost($"{prefix}/routes", routes.Set), TrafficDocs.SetRoute, routes.Set);
            Write(endpoints.MapDelete($"{prefix}/routes", routes.Remove), TrafficDocs.RemoveRoute, routes.Remove);
            Read(endpoints.MapGet($"{prefix}/routes", routes.List), TrafficDocs.ListRoutes, routes.List);
            Read(endpoints.MapGet($"{prefix}/routes/{{service}}/{{name}}", routes.Get), TrafficDocs.GetRoute, routes.Get);
            Write(endpoints.MapPut($"{prefix}/policies/{{service}}", policies.Put), TrafficDocs.PutPolicy, policies.Put);
            Write(endpoints.MapDelete($"{prefix}/policies/{{service}}", policies.Delete), TrafficDocs.DeletePolicy, policies.Delete);
            Read(endpoints.MapGet($"{prefix}/policies/{{service}}", policies.Get), TrafficDocs.GetPolicy, policies.Get);
            Read(endpoints.MapGet($"{prefix}/policies", policies.List), TrafficDocs.ListPolicies, policies.List);
        }
    }

    private static void Write(IEndpointConventionBuilder endpoint, OperationDoc doc, RequestDelegate handler) =>
        endpoint.Describe(doc, handler).RequireMeshPermission(WritePermission);

    private static void Read(IEndpointConventionBuilder endpoint, OperationDoc doc, RequestDelegate handler) =>
        endpoint.Describe(doc, handler).RequireMeshPermission(ReadPermission);
}
