using Mesh.Kernel.Http;
using Mesh.ServiceDefaults.Permissions;
using Mesh.Traffic.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Traffic.Delivery.Api;

/// <summary>The deliveries' REST interface (Flow step 1), under <c>/api/traffic</c> and <c>/api/v1/traffic</c>.</summary>
internal static class DeliveryRoutes
{
    /// <summary>To report what workers have concluded.</summary>
    public const string ReportPermission = "traffic.report";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var canaries = endpoints.ServiceProvider.GetRequiredService<CanaryEndpoints>();
        var switches = endpoints.ServiceProvider.GetRequiredService<BlueGreenEndpoints>();
        foreach (var prefix in new[] { "/api/traffic", "/api/v1/traffic" })
        {
            Write(endpoints.MapPost($"{prefix}/canaries", canaries.Start), DeliveryDocs.StartCanary, canaries.Start);
            Write(endpoints.MapPost($"{prefix}/canaries/promote", canaries.Promote), DeliveryDocs.PromoteCanary, canaries.Promote);
            Write(endpoints.MapPost($"{prefix}/canaries/abort", canaries.Abort), DeliveryDocs.AbortCanary, canaries.Abort);
            Read(endpoints.MapGet($"{prefix}/canaries/{{service}}", canaries.Get), DeliveryDocs.GetCanary, canaries.Get);
            Read(endpoints.MapGet($"{prefix}/canaries", canaries.List), DeliveryDocs.ListCanaries, canaries.List);
            Write(endpoints.MapPost($"{prefix}/blue-green", switches.Switch), DeliveryDocs.Switch, switches.Switch);
            Write(endpoints.MapPost($"{prefix}/blue-green/rollback", switches.RollBack), DeliveryDocs.RollBack, switches.RollBack);
            Read(endpoints.MapGet($"{prefix}/blue-green/{{service}}", switches.Get), DeliveryDocs.GetSwitch, switches.Get);
            Read(endpoints.MapGet($"{prefix}/blue-green", switches.List), DeliveryDocs.ListSwitches, switches.List);
        }
    }

    private static void Write(IEndpointConventionBuilder endpoint, OperationDoc doc, RequestDelegate handler) =>
        endpoint.Describe(doc, handler).RequireMeshPermission(TrafficEndpoints.WritePermission);

    private static void Read(IEndpointConventionBuilder endpoint, OperationDoc doc, RequestDelegate handler) =>
        endpoint.Describe(doc, handler).RequireMeshPermission(TrafficEndpoints.ReadPermission);
}
