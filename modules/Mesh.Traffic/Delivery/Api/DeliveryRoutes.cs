using Mesh.Traffic.Api;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Traffic.Delivery.Api;

/// <summary>The deliveries' REST interface (Flow step 1), under <c>/api/traffic</c> and <c>/api/v1/traffic</c>.</summary>
internal static class DeliveryRoutes
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var canaries = endpoints.ServiceProvider.GetRequiredService<CanaryEndpoints>();
        var switches = endpoints.ServiceProvider.GetRequiredService<BlueGreenEndpoints>();
        var rest = TrafficEndpoints.Rest(endpoints);
        rest.Post("/canaries", canaries.Start, DeliveryDocs.StartCanary);
        rest.Post("/canaries/promote", canaries.Promote, DeliveryDocs.PromoteCanary);
        rest.Post("/canaries/abort", canaries.Abort, DeliveryDocs.AbortCanary);
        rest.Get("/canaries/{service}", canaries.Get, DeliveryDocs.GetCanary);
        rest.Get("/canaries", canaries.List, DeliveryDocs.ListCanaries);
        rest.Post("/blue-green", switches.Switch, DeliveryDocs.Switch);
        rest.Post("/blue-green/rollback", switches.RollBack, DeliveryDocs.RollBack);
        rest.Get("/blue-green/{service}", switches.Get, DeliveryDocs.GetSwitch);
        rest.Get("/blue-green", switches.List, DeliveryDocs.ListSwitches);
    }
}
