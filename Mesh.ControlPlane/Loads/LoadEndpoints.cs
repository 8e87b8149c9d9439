using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Contracts.Rest;
using Mesh.ControlPlane.Inspection;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Loads;
using Mesh.Kernel.Values;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Loads;

/// <summary>
/// <c>GET /api/v1/load[?service=…&amp;namespace=…&amp;since=1m]</c>: what became of requests recently, by every data plane's word.
/// </summary>
internal static class LoadEndpoints
{
    private const int Most = 1000;
    private static readonly TimeSpan DefaultWindow = TimeSpan.FromMinutes(1), Longest = TimeSpan.FromHours(12);

    public static void MapLoad(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/v1/load", GetAsync).RequireMeshPermission(StatusEndpoints.Permission);

    private static async Task GetAsync(HttpContext context, ILoadWindows windows, ILoadDirectory directory, TimeProvider time)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var (service, @namespace) = (query.NonEmpty("service"), query.NonEmpty("namespace"));
        var since = time.GetUtcNow() - (query.Duration("since", Longest) ?? DefaultWindow);
        query.End();
        if (faults.ToRefusal() is { } refusal)
        {
            await context.WriteProblemAsync(refusal);
            return;
        }

        var items = new List<LoadAnswer>();
        var clusters = directory.Absent is null ? await directory.ListAsync(since, int.MaxValue, context.RequestAborted) : null;
        foreach (var cluster in clusters?.Where(cluster => IsOf(cluster, service, @namespace)).Take(Most) ?? [])
        {
            if (await windows.ReadAsync(cluster, since, context.RequestAborted) is not { } load)
            {
                clusters = null;
                break;
            }

            if (load.Total > 0) items.Add(Answer(cluster, load));
        }

        if (clusters is null)
        {
            await context.WriteProblemAsync(Refusal.Of(RefusalKind.Unavailable, "", "load-unknown",
                directory.Absent is { } why
                    ? $"No load is known: {why}."
                    : "Redis, which keeps what data planes report, cannot be reached."));
            return;
        }

        await Results.Json(new LoadListAnswer { Since = since, Items = items }, RestJson.Default.LoadListAnswer).ExecuteAsync(context);
    }

    private static bool IsOf(string cluster, string? service, string? @namespace)
    {
        var (ns, name) = XdsNames.Parse(XdsNames.ServiceOf(cluster));
        return (service is null || (name == service && ns == (@namespace ?? XdsNames.DefaultNamespace)))
            && (@namespace is null || ns == @namespace);
    }

    private static LoadAnswer Answer(string cluster, LoadWindow load) => new()
    {
        Cluster = cluster, Succeeded = load.Succeeded, Failed = load.Failed, ErrorRate = load.ErrorRate,
        MeanMilliseconds = load.MeanMilliseconds,
    };
}
