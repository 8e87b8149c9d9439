using Mesh.Api.Modules;
using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Kernel.Modules;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Traffic.Api;
using Mesh.Traffic.Delivery;
using Mesh.Traffic.Explaining;
using Mesh.Traffic.Rollouts;
using Mesh.Traffic.Rpc;
using Mesh.Traffic.State;
using Mesh.Traffic.Xds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.Traffic;

/// <summary>
/// Which requests go where: routes with their matches, weights, retries and faults, how a service's instances are chosen from, and how its
/// versions follow one another.
/// </summary>
public sealed class TrafficModule : IModuleEndpoints
{
    /// <inheritdoc/>
    public string Name => "traffic";

    /// <inheritdoc/>
    public IModuleFold Fold { get; } = new TrafficFold();

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services, IConfiguration configuration, MeshRole role)
    {
        services.TryAddSingleton<StateReads>();
        services.TryAddSingleton<TrafficReading>();
        services.AddDelivery(role);
        if (role == MeshRole.ControlPlane)
        {
            services.AddSingleton<IXdsContributor, TrafficXdsContributor>();
            services.AddSingleton<IClientGaps, TrafficGaps>();
            services.AddSingleton<TrafficExplainer>();
        }

        if (role != MeshRole.Registry) return;
        services.TryAddSingleton<WatchGate>();
        services.TryAddSingleton<LongPoll>();
        services.AddSingleton<RouteEndpoints>();
        services.AddSingleton<PolicyEndpoints>();
        services.AddSingleton<RolloutEndpoints>();
        services.AddSingleton<TrafficRpc>();
        services.AddSingleton<RolloutStatusRpc>();
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints, MeshRole role)
    {
        if (role == MeshRole.ControlPlane)
        {
            endpoints.MapGrpcService<TrafficFacade>(TrafficEndpoints.Permissions);
            endpoints.MapGrpcService<DeliveryFacade>(TrafficEndpoints.Permissions);
            endpoints.MapExplain();
        }

        if (role != MeshRole.Registry) return;
        TrafficEndpoints.Map(endpoints);
        endpoints.MapDelivery();
        endpoints.ServiceProvider.GetRequiredService<RolloutEndpoints>().Map(endpoints);
        endpoints.MapGrpcService<TrafficRpc>(TrafficEndpoints.Permissions);
        endpoints.MapGrpcService<RolloutStatusRpc>(TrafficEndpoints.Reporting);
    }
}
