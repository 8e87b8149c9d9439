using System.Text.Json.Serialization;
using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Rest;
using Mesh.ControlPlane.Applied;
using Mesh.ControlPlane.Compile;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Values;
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
        endpoints.MapGet("/api/v1/xds", ServedAsync).RequireMeshPermission(Permission);
    }

    // Whoever asks for a flavour brings it into use, as its first client would: so it can be seen before there is one what does not compile
    // for it.
    private static async Task ServedAsync(HttpContext context, SnapshotHub hub, FlavoursInUse flavours, CompileReport report)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var wanted = query.Text("flavour");
        query.End();
        var isFlavour = Enum.TryParse<XdsFlavour>(wanted, ignoreCase: true, out var flavour) && Enum.IsDefined(flavour)
            && !char.IsDigit(wanted![0]);
        if (wanted is not null && !isFlavour) faults.Add("flavour", "unknown-flavour", "Expected grpc, envoy or mesh.");
        if (faults.ToRefusal() is { } refusal) await context.WriteProblemAsync(refusal);
        else if (isFlavour && await flavours.UseAsync(flavour, context.RequestAborted) is null)
            await context.WriteProblemAsync(ReplicaReads.NoState);
        else
            await context.Response.WriteAsJsonAsync(Describe(hub.Current, report), StatusJson.Default.XdsAnswer,
                cancellationToken: context.RequestAborted);
    }

    private static XdsAnswer Describe(XdsSnapshot snapshot, CompileReport report) => new(
        snapshot.Sequence,
        [.. Enum.GetValues<XdsFlavour>().Select(f => new XdsFlavourAnswer(
            f.ToString().ToLowerInvariant(), snapshot.Has(f),
            XdsTypes.PushOrder.ToDictionary(t => t.ToString(), t => snapshot.Has(f) ? snapshot[f].Count(t) : 0)))],
        report.Problems, report.Unresolved);
}

/// <summary>The answer of <c>GET /api/v1/xds</c>.</summary>
/// <param name="Sequence">The log sequence served.</param>
/// <param name="Flavours">How many resources of each type each flavour has.</param>
/// <param name="Problems">Services that do not compile for a flavour in use and keep their last good version, with the reasons.</param>
/// <param name="Unresolved">
/// Clusters that routes of a flavour in use refer to and nobody serves; requests to them fail until somebody does.
/// </param>
internal sealed record XdsAnswer(
    long Sequence, IReadOnlyList<XdsFlavourAnswer> Flavours, IReadOnlyDictionary<string, IReadOnlyList<string>> Problems,
    IReadOnlyList<string> Unresolved);

/// <summary>One flavour's counts.</summary>
/// <param name="Flavour">Its name.</param>
/// <param name="InUse">Whether it is compiled; if not, no client of it has come yet and its problems are not known.</param>
/// <param name="Resources">How many resources of each type it has.</param>
internal sealed record XdsFlavourAnswer(string Flavour, bool InUse, IReadOnlyDictionary<string, int> Resources);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(XdsAnswer))]
internal sealed partial class StatusJson : JsonSerializerContext;
