using Mesh.Api.Permissions;
using Mesh.Api.Rpc;
using Mesh.ControlPlane.Ads;
using Mesh.ControlPlane.Applied;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Facade;
using Mesh.ControlPlane.Inspection;
using Mesh.ControlPlane.Loads;
using Mesh.ControlPlane.Serving;
using Mesh.ControlPlane.Settings;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Xds;
using Mesh.Messaging.Hosting;
using Mesh.Messaging.Registries;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.ControlPlane.Hosting;

/// <summary>What makes a host a control plane. It needs an <c>IMeshReplica</c> and the modules' contributors.</summary>
internal static class ControlPlaneHost
{
    private static readonly OperationPermissions Serve = OperationPermissions.Single("control-plane.serve");
    private static readonly OperationPermissions Observe = OperationPermissions.Single(StatusEndpoints.Permission);
    private const int MaxRequestBytes = 16 * 1024 * 1024;

    public static void AddControlPlane(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<ControlPlaneOptions>().BindConfiguration(ControlPlaneOptions.Section).ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddGrpc(grpc =>
        {
            grpc.TakeMessagesUpTo(MaxRequestBytes);
            grpc.Interceptors.Add<WriteForwarding>();
        });
        services.AddSingleton<WriteForwarding>();
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks();
        services.AddSingleton<SnapshotHub>();
        services.AddSingleton<EnvoyListeners>();
        services.AddSingleton(provider => new XdsCompiler(provider.GetServices<IXdsContributor>()));
        services.AddSingleton<NodeContributors>();
        services.AddSingleton<FlavoursInUse>();
        services.AddSingleton<CompileReport>();
        services.AddSingleton<ControlPlaneReadiness>();
        services.AddSingleton<RolloutReceipts>();
        services.AddSingleton<AppliedTable>();
        services.AddSingleton<AppliedMirror>();
        services.AddSingleton<IServedResources, ServedToMesh>();
        services.TryAddSingleton<RegistryChannels>();
        services.AddSingleton<RegistryCalls>();
        services.AddSingleton<AdsDrain>();
        services.AddSingleton<LargeResponses>();
        services.AddSingleton<ResponseSizes>();
        services.AddSingleton<AbsenceCheck>();
        services.AddHostedService(provider => provider.GetRequiredService<AdsDrain>());
        builder.AddMeshLoadWindows();
        services.AddSingleton<LoadBuffer>();
        services.AddHostedService<LoadRecorder>();
        services.AddHostedService<CompileService>();
        services.AddHostedService(provider => provider.GetRequiredService<AppliedMirror>());
        services.AddHealthChecks().AddCheck<ControlPlaneReadiness>("replica");
    }

    public static void MapControlPlane(this IEndpointRouteBuilder app)
    {
        app.MapGrpcService<AdsService>(Serve);
        app.MapGrpcService<LoadReportService>(Serve);
        app.MapGrpcService<ClientStatusService>(Observe);
        app.MapGrpcService<ProxiesService>(Observe);
        app.MapGrpcReflectionService().RequireMeshPermission(StatusEndpoints.Permission);
        app.MapGrpcHealthChecksService().RequireMeshPermission(MeshPermission.HostObserve);
        app.MapStatus();
        app.MapLoad();
        app.MapProxyConfig();
    }
}
