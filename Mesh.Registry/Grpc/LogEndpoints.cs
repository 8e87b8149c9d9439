using Mesh.Api.Permissions;

namespace Mesh.Registry.Grpc;

/// <summary>Registers and maps <c>cdaprod.mesh.v1.Log</c>.</summary>
internal static class LogEndpoints
{
    public static void AddMeshLogService(this IHostApplicationBuilder builder)
    {
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<LogSnapshots>();
        builder.Services.AddSingleton<LogTails>();
    }

    public static void MapMeshLogService(this IEndpointRouteBuilder app) => app.MapGrpcService<LogService>(OperationPermissions.Of("log"));
}
