using Mesh.Kernel.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Mesh.Kernel.Modules;

/// <summary>Registers modules in a host.</summary>
public static class ModuleHosting
{
    /// <summary>
    /// Loads the modules and registers the fold of all of them, and the active ones' services for <paramref name="role"/>.
    /// </summary>
    public static ModuleCatalog AddMeshModules(this IHostApplicationBuilder builder, MeshRole role, params IEnumerable<IMeshModule> builtIn)
    {
        var catalog = ModuleCatalog.Load(builder.Configuration, builtIn);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(catalog);
        builder.Services.AddSingleton(new StateFolder(catalog.All.Select(module => module.Fold).OfType<IModuleFold>()));
        foreach (var module in catalog.Active) module.ConfigureServices(builder.Services, builder.Configuration, role);
        return catalog;
    }
}
