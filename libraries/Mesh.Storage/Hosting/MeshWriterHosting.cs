using Mesh.Kernel;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Storage.Hosting;

/// <summary>Registers the write side in a host.</summary>
public static class MeshWriterHosting
{
    /// <summary>
    /// Registers the write side: the log's store (<c>ConnectionStrings:mesh</c> for PostgreSQL; without one, SQLite in
    /// <c>MESH_DATA_DIR</c>), its follower as <see cref="IStateSource"/> and the writer as <see cref="ICommandBus"/>. Call
    /// <c>AddMeshModules</c> first.
    /// </summary>
    public static IHostApplicationBuilder AddMeshWriter(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<KernelOptions>().BindConfiguration("Mesh:Kernel").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<ILogStore>(
            services => LogStoreFactory.Create(builder.Configuration, services.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddSingleton(services => LogStoreFactory.CredentialsOf(services.GetRequiredService<ILogStore>()));
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
