using Mesh.Discovery.State;
using Mesh.Kernel.Modules;
using Mesh.Kernel.State;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Discovery;

/// <summary>Services and their instances: registration, health, and who may know of them.</summary>
public sealed class DiscoveryModule : IMeshModule
{
    /// <inheritdoc/>
    public string Name => "discovery";

    /// <inheritdoc/>
    public IModuleFold Fold { get; } = new DiscoveryFold();

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services, IConfiguration configuration, MeshRole role)
    {
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints, MeshRole role)
    {
    }
}
