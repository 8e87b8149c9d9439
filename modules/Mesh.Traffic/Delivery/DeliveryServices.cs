using Mesh.Api.Permissions;
using Mesh.Kernel.Modules;
using Mesh.Kernel.Reconciling;
using Mesh.Traffic.Api;
using Mesh.Traffic.Delivery.Api;
using Mesh.Traffic.Delivery.Read;
using Mesh.Traffic.Delivery.Reconciling;
using Mesh.Traffic.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.Traffic.Delivery;

/// <summary>
/// Registers canaries, blue-green switches and the judging of rollouts; needs windows of load (<c>AddMeshLoadWindows</c>), on a worker what
/// clients have applied too (<c>AddMeshAppliedClients</c>).
/// </summary>
internal static class DeliveryServices
{
    public static void AddDelivery(this IServiceCollection services, MeshRole role)
    {
        services.TryAddSingleton<CanaryWatch>();
        services.TryAddSingleton<DeliveryReading>();
        services.TryAddSingleton<DeliveryRpcReading>();
        if (role == MeshRole.Worker)
        {
            services.AddOptions<DeliveryOptions>().BindConfiguration(DeliveryOptions.Section).ValidateDataAnnotations().ValidateOnStart();
            services.AddReconciler<CanaryReconciler>();
            services.AddReconciler<RolloutReconciler>();
        }

        if (role != MeshRole.Registry) return;
        services.AddSingleton<CanaryEndpoints>();
        services.AddSingleton<BlueGreenEndpoints>();
        services.AddSingleton<DeliveryRpc>();
        services.AddSingleton<DeliveryStatusRpc>();
    }

    public static void MapDelivery(this IEndpointRouteBuilder endpoints)
    {
        DeliveryRoutes.Map(endpoints);
        endpoints.MapGrpcService<DeliveryRpc>(TrafficEndpoints.Permissions);
        endpoints.MapGrpcService<DeliveryStatusRpc>(TrafficEndpoints.Reporting);
    }
}
