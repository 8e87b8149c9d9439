using Mesh.Api.Permissions;
using Mesh.Worker.Hosting;

namespace Mesh.Worker.Status;

/// <summary>What a worker tells about itself.</summary>
internal static class WorkerStatusEndpoint
{
    private const string ReadPermission = "worker.read";

    /// <summary>Adds the status, its metrics and the readiness check.</summary>
    public static void AddWorkerStatus(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<WorkerStatusReader>();
        builder.Services.AddHostedService<WorkerMetrics>();
        builder.Services.AddHealthChecks().AddCheck<WorkerHealth>("worker");
    }

    /// <summary>Maps <c>GET /api/v1/worker/status</c>.</summary>
    public static void MapWorkerStatus(this WebApplication app) =>
        app.MapGet("/api/v1/worker/status",
            (WorkerStatusReader reader) => TypedResults.Json(reader.Read(), WorkerStatusJson.Default.WorkerStatusAnswer))
            .RequireMeshPermission(ReadPermission);
}
