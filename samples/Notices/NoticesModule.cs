using Mesh.Api.Modules;
using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Kernel.Modules;
using Mesh.Kernel.Reconciling;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Notices;

/// <summary>
/// A plug-in that uses every way into the mesh: drop its assembly into the folder that <c>Mesh__ModulePath</c> names, for all three hosts.
/// Operators put a notice on a service, data planes send it along with every answer.
/// </summary>
public sealed class NoticesModule : IModuleEndpoints
{
    internal static readonly OperationPermissions Permissions = OperationPermissions.Of("notices");
    private static readonly OperationPermissions Reporting = Permissions with { Write = "notices.report" };

    /// <inheritdoc/>
    public string Name => "notices";

    /// <inheritdoc/>
    public IModuleFold Fold { get; } = new NoticesFold();

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services, IConfiguration configuration, MeshRole role)
    {
        services.TryAddSingleton<StateReads>();
        services.TryAddSingleton<NoticesReading>();
        switch (role)
        {
            case MeshRole.Registry:
                services.AddSingleton<NoticeEndpoints>();
                services.AddSingleton<NoticesRpc>();
                services.AddSingleton<NoticeStatusRpc>();
                break;
            case MeshRole.ControlPlane:
                services.AddSingleton<IXdsContributor, NoticesXdsContributor>();
                services.AddSingleton<IClientGaps, NoticeGaps>();
                break;
            case MeshRole.Worker:
                services.AddReconciler<NoticesReconciler>();
                services.AddSingleton(provider => new WorkerGauge(
                    "notices.confirmed", "{notice}", "Notices on services that exist.",
                    () => NoticesState.Of(provider.GetRequiredService<IStateSource>().Current).All.Values.LongCount(
                        notice => notice.Confirmed)));
                break;
        }
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints, MeshRole role)
    {
        if (role == MeshRole.ControlPlane) endpoints.MapGrpcService<NoticesFacade>(Permissions);
        if (role != MeshRole.Registry) return;
        endpoints.ServiceProvider.GetRequiredService<NoticeEndpoints>().Map(endpoints);
        endpoints.MapGrpcService<NoticesRpc>(Permissions);
        endpoints.MapGrpcService<NoticeStatusRpc>(Reporting);
    }
}
