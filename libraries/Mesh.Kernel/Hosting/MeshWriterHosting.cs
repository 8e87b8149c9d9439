using Mesh.Kernel.Commands;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Kernel.Modules;
using Mesh.Kernel.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Mesh.Kernel.Hosting;

/// <summary>Registers the kernel in a host.</summary>
public static class MeshWriterHosting
{
    /// <summary>Loads the modules and registers the fold of all of them, and the active ones' services for <paramref name="role"/>.</summary>
    public static ModuleCatalog AddMeshModules(this IHostApplicationBuilder builder, MeshRole role, params IEnumerable<IMeshModule> builtIn)
    {
        var catalog = ModuleCatalog.Load(builder.Configuration, builtIn);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(catalog);
        builder.Services.AddSingleton(new StateFolder(catalog.All.Select(module => module.Fold).OfType<IModuleFold>()));
        foreach (var module in catalog.Active) module.ConfigureServices(builder.Services, builder.Configuration, role);
        return catalog;
    }

    /// <summary>
    /// Registers the write side: the log's store (<c>ConnectionStrings:mesh</c> for PostgreSQL; without one, SQLite in <c>MESH_DATA_DIR</c>), its follower as
    /// <see cref="IStateSource"/> and the writer as <see cref="ICommandBus"/>. Call <see cref="AddMeshModules"/> first.
    /// </summary>
    public static IHostApplicationBuilder AddMeshWriter(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<KernelOptions>().BindConfiguration("Mesh:Kernel").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<ILogStore>(_ => LogStoreFactory.Create(builder.Configuration));
        builder.Services.AddSingleton<LogFollower>();
        builder.Services.AddSingleton<IStateSource>(services => services.GetRequiredService<LogFollower>());
        builder.Services.AddSingleton<ICommittedFeed>(services => services.GetRequiredService<LogFollower>().Feed);
        builder.Services.AddSingleton<CommandWriter>();
        builder.Services.AddSingleton<ICommandBus>(services => services.GetRequiredService<CommandWriter>());
        builder.Services.AddHostedService(services => services.GetRequiredService<CommandWriter>());
        builder.Services.AddHostedService<CommandPruner>();
        return builder;
    }
}
