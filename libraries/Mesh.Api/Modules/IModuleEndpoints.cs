using Mesh.Kernel.Modules;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Api.Modules;

/// <summary>
/// A module that has REST or gRPC endpoints. It stands apart from <see cref="IMeshModule"/> so that rules need no web framework.
/// </summary>
public interface IModuleEndpoints : IMeshModule
{
    /// <summary>Maps the endpoints of a process of this role, each with a named permission.</summary>
    void MapEndpoints(IEndpointRouteBuilder endpoints, MeshRole role);
}

/// <summary>Maps what the modules of a process bring.</summary>
public static class ModuleEndpoints
{
    /// <summary>Maps the endpoints of every active module.</summary>
    public static void MapMeshModules(this WebApplication app, MeshRole role)
    {
        foreach (var module in app.Services.GetRequiredService<ModuleCatalog>().Active.OfType<IModuleEndpoints>())
            module.MapEndpoints(app, role);
    }
}
