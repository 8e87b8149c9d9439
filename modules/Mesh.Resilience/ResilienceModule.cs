using Mesh.Api.Modules;
using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Kernel.Modules;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Resilience.Api;
using Mesh.Resilience.Policies;
using Mesh.Resilience.RateLimits.Shared;
using Mesh.Resilience.Rpc;
using Mesh.Resilience.State;
using Mesh.Resilience.Xds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.Resilience;

/// <summary>Resilience policies: circuit breakers, bulkheads, outlier detection, rate limits, timeouts and fallbacks.</summary>
public sealed class ResilienceModule : IModuleEndpoints
{
    /// <inheritdoc/>
    public string Name => "resilience";

    /// <inheritdoc/>
    public IModuleFold Fold { get; } = new ResilienceFold();

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services, IConfiguration configuration, MeshRole role)
    {
        services.TryAddSingleton<StateReads>();
        services.TryAddSingleton<ResilienceReading>();
        if (role == MeshRole.ControlPlane)
        {
            services.AddSingleton<IXdsContributor, ResilienceXdsContributor>();
            services.AddSingleton<IClientGaps, PolicyGaps>();
            services.AddSingleton<RateLimitRpc>();
        }

        if (role != MeshRole.Registry) return;
        services.TryAddSingleton<WatchGate>();
        services.TryAddSingleton<LongPoll>();
        services.AddSingleton<PolicyEndpoints>();
        services.AddSingleton<ResilienceRpc>();
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints, MeshRole role)
    {
        if (role == MeshRole.ControlPlane)
        {
            endpoints.MapGrpcService<ResilienceFacade>(ResilienceEndpoints.Permissions);
            endpoints.MapGrpcService<RateLimitRpc>(ResilienceEndpoints.Tokens);
        }

        if (role != MeshRole.Registry) return;
        ResilienceEndpoints.Map(endpoints);
        endpoints.MapGrpcService<ResilienceRpc>(ResilienceEndpoints.Permissions);
    }
}
