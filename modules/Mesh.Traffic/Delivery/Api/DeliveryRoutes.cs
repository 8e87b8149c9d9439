using Mesh.Api.Rest;
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
        endpoints.MapOperation(DeliveryOperations.StartCanary, canaries.Start);
        endpoints.MapOperation(DeliveryOperations.PromoteCanary, canaries.Promote);
        endpoints.MapOperation(DeliveryOperations.AbortCanary, canaries.Abort);
        endpoints.MapOperation(DeliveryOperations.GetCanary, canaries.Get);
        endpoints.MapOperation(DeliveryOperations.ListCanaries, canaries.List);
        endpoints.MapOperation(DeliveryOperations.Switch, switches.Switch);
        endpoints.MapOperation(DeliveryOperations.RollBack, switches.RollBack);
        endpoints.MapOperation(DeliveryOperations.GetSwitch, switches.Get);
        endpoints.MapOperation(DeliveryOperations.ListSwitches, switches.List);
    }
}
