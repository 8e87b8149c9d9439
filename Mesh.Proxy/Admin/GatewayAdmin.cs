using Mesh.Api.Permissions;
using Mesh.DataPlane.Ads;
using Mesh.DataPlane.Balancing;
using Mesh.Xds.Resources;

namespace Mesh.Proxy.Admin;

/// <summary>What the gateway tells about itself on its admin port, and takes there.</summary>
internal static class GatewayAdmin
{
    private const string Permission = "gateway.read";
    private const string ReloadPermission = "gateway.reload";

    public static void MapGatewayAdmin(this WebApplication app)
    {
        app.MapGet("/config", (AdsClient client, TimeProvider time) => Results.Json(Config(client, time), AdminJson.Default.ConfigView))
            .RequireMeshPermission(Permission);
        app.MapGet("/clusters",
            (AdsClient client, TimeProvider time) => Results.Json(Clusters(client, time), AdminJson.Default.ClusterViewArray))
            .RequireMeshPermission(Permission);
        app.MapPost("/reload", (AdsClient client) =>
        {
            client.Reload();
            return Results.Accepted("/config");
        }).RequireMeshPermission(ReloadPermission);
    }

    private static ConfigView Config(AdsClient client, TimeProvider time)
    {
        var snapshot = client.Config.Snapshot;
        var status = client.Status;
        return new ConfigView(
            client.Config.Ready.IsCompleted,
            snapshot.Generation,
            long.TryParse(client.Config.SystemVersion, out var sequence) ? sequence : null,
            new ControlPlaneView(
                status.Connected, status.ControlPlane?.ToString(), status.Since, status.LastResponse,
                status.LastResponse is { } last ? (time.GetUtcNow() - last).TotalSeconds : null, status.Nacks, status.LastFault),
            XdsTypes.PushOrder.ToDictionary(type => type.ToString(), type => client.Config.Versions(type).Count),
            [
                .. snapshot.Listeners.Values.OrderBy(l => l.Name, StringComparer.Ordinal).Select(l => new RoutedServiceView(
                    l.Name, l.Hosts is null ? "tcp" : "http", [.. l.Clusters],
                    [.. l.Hosts?.Hosts.SelectMany(h => h.Routes)
                        .Select(r => new RouteView(r.Name, r.Path.ToString(), r.Action.GetType().Name)) ?? []])),
            ]);
    }

    private static ClusterView[] Clusters(AdsClient client, TimeProvider time)
    {
        var now = time.GetTimestamp();
        return
        [
            .. client.Config.Snapshot.Clusters.Values.OrderBy(c => c.Name, StringComparer.Ordinal).Select(c => new ClusterView(
                c.Name, c.Config.Protocol.ToString(), c.Config.Policy.ToString(), c.Config.ConnectTimeout.TotalSeconds, c.Config.Unresolved,
                [.. c.Endpoints.Select(e => View(e, now))])),
        ];
    }

    private static EndpointView View(EndpointSnapshot e, long now) => new(
        e.Config.Address, e.Config.Instance, e.Config.Version, e.Config.Zone, e.Config.Weight, e.Config.Priority,
        e.Protocol.ToString(), e.Tls is not null, e.Config.Health.ToString(),
        e.State.InFlight, e.State.Requests, e.State.ConnectFailures, e.State.IsAvoided(now), e.State.IsEjected);
}
