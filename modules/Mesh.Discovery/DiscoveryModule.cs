using Mesh.Api.Modules;
using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Discovery.Api;
using Mesh.Discovery.Probing;
using Mesh.Discovery.Read;
using Mesh.Discovery.Rpc;
using Mesh.Discovery.State;
using Mesh.Discovery.Xds;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Modules;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.Discovery;

/// <summary>Services and their instances: registration, health, and who may know of them.</summary>
public sealed class DiscoveryModule : IModuleEndpoints
{
    /// <summary>Its name.</summary>
    public const string ModuleName = "discovery";

    /// <inheritdoc/>
    public string Name => ModuleName;

    /// <inheritdoc/>
    public IModuleFold Fold { get; } = new DiscoveryFold();

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services, IConfiguration configuration, MeshRole role)
    {
        if (role == MeshRole.Worker) services.AddProbing();
        services.TryAddSingleton<StateReads>();
        services.TryAddSingleton<WatchGate>();
        services.TryAddSingleton<ServiceWatch>();
        services.TryAddSingleton<DiscoveryReading>();
        if (role == MeshRole.ControlPlane) services.AddSingleton<IXdsContributor, DiscoveryXdsContributor>();
        if (role != MeshRole.Registry) return;
        services.AddSingleton<DiscoveryWrites>();
        services.TryAddSingleton<LongPoll>();
        services.AddSingleton<ReadEndpoints>();
        services.AddSingleton<WriteEndpoints>();
        services.AddSingleton<DiscoveryRpc>();
        services.AddSingleton<StatusRpc>();
        services.AddSingleton<INotificationSource, DiscoveryNotifications>();
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints, MeshRole role)
    {
        if (role == MeshRole.ControlPlane) endpoints.MapGrpcService<DiscoveryFacade>(DiscoveryEndpoints.Permissions);
        if (role != MeshRole.Registry) return;
        DiscoveryEndpoints.Map(endpoints);
        endpoints.MapGrpcService<DiscoveryRpc>(DiscoveryEndpoints.Permissions);
        endpoints.MapGrpcService<StatusRpc>(DiscoveryEndpoints.Reporting);
    }
}
