using System.Text.Json.Serialization;
using Mesh.Contracts.Rest;
using Mesh.ControlPlane.Applied;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.ServiceDefaults.Permissions;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Inspection;

/// <summary>What a control plane tells of itself over HTTP.</summary>
internal static class StatusEndpoints
{
    public const string Permission = "control-plane.observe";

    public static void MapStatus(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/v1/proxies", async (AppliedMirror mirror, CancellationToken cancellationToken) =>
            Results.Json(await mirror.ListAsync(cancellationToken), RestJson.Default.ProxyListAnswer)).RequireMeshPermission(Permission);
        endpoints.MapGet("/api/v1/xds", (SnapshotHub hub, CompileReport report) =>
            Results.Json(Describe(hub.Current, report), StatusJson.Default.XdsAnswer)).RequireMeshPermission(Permission);
    }

    private static XdsAnswer Describe(XdsSnapshot snapshot, CompileReport report) => new(
        snapshot.Sequence,
        [.. Enum.GetValues<XdsFlavour>().Select(f => new XdsFlavourAnswer(
            f.ToString().ToLowerInvariant(), XdsTypes.PushOrder.ToDictionary(t => t.ToString(), t => snapshot[f].Count(t))))],
        report.Problems, report.Unresolved);
}

/// <summary>The answer of <c>GET /api/v1/xds</c>.</summary>
/// <param name="Sequence">The log sequence served.</param>
/// <param name="Flavours">How many resources of each type each flavour has.</param>
/// <param name="Problems">Services that do not compile and keep their last good version, with the reasons.</param>
/// <param name="Unresolved">Clusters that routes refer to and nobody serves; requests to them fail until somebody does.</param>
internal sealed record XdsAnswer(
    long Sequence, IReadOnlyList<XdsFlavourAnswer> Flavours, IReadOnlyDictionary<string, IReadOnlyList<string>> Problems, IReadOnlyList<string> Unresolved);

/// <summary>One flavour's counts.</summary>
internal sealed record XdsFlavourAnswer(string Flavour, IReadOnlyDictionary<string, int> Resources);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(XdsAnswer))]
internal sealed partial class StatusJson : JsonSerializerContext;
