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
        endpoints.MapOperation(DeliveryOperations.StartCanary, canaries.StartAsync);
        endpoints.MapOperation(DeliveryOperations.PromoteCanary, canaries.PromoteAsync);
        endpoints.MapOperation(DeliveryOperations.AbortCanary, canaries.AbortAsync);
        endpoints.MapOperation(DeliveryOperations.GetCanary, canaries.GetAsync);
        endpoints.MapOperation(DeliveryOperations.ListCanaries, canaries.ListAsync);
        endpoints.MapOperation(DeliveryOperations.Switch, switches.SwitchAsync);
        endpoints.MapOperation(DeliveryOperations.RollBack, switches.RollBackAsync);
        endpoints.MapOperation(DeliveryOperations.GetSwitch, switches.GetAsync);
        endpoints.MapOperation(DeliveryOperations.ListSwitches, switches.ListAsync);
    }
}
