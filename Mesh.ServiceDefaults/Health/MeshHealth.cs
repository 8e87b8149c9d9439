using Mesh.Api.Permissions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Mesh.ServiceDefaults.Health;

/// <summary>
/// <c>/health/live</c> says that the process answers; <c>/health/ready</c> runs every registered check but those tagged
/// <c>live</c> only. Hosts add theirs with <c>AddHealthChecks().AddCheck…</c>.
/// </summary>
public static class MeshHealth
{
    /// <summary>Checks with this tag are the only ones that <c>/health/live</c> runs.</summary>
    public const string Live = "live";

    internal static void AddMeshHealth(this IHostApplicationBuilder builder) =>
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Live]);

    internal static void MapMeshHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live",
            new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live), ResponseWriter = HealthReportJson.WriteAsync })
            .RequireMeshPermission(MeshPermission.HostObserve);
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = HealthReportJson.WriteAsync })
            .RequireMeshPermission(MeshPermission.HostObserve);
    }
}
