using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Traffic;
using Mesh.DataPlane.Requests;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Api;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Traffic.Explaining;

/// <summary><c>GET</c> and <c>POST /api/v1/traffic/explain</c>: which way a request takes, and why.</summary>
internal static class ExplainEndpoints
{
    private const string Route = "/api/v1/traffic/explain";

    public static void MapExplain(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Route, Get).RequireMeshPermission(TrafficEndpoints.Permissions.Read);
        endpoints.MapPost(Route, Post).RequireMeshPermission(TrafficEndpoints.Permissions.Read);
    }

    private static Task Get(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var request = new ExplainRequest
        {
            To = query.Text("to") ?? "", From = query.Text("from"), Namespace = query.Text("namespace"), Node = query.Text("node"),
            Method = query.Text("method"),
            Path = query.Text("path"), Query = query.Text("query"),
            Headers = Pairs(query.Prefixed("header.")),
        };
        query.End();
        return Answer(context, request, faults);
    }

    private static async Task Post(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        new QueryFields(context.Request.Query, faults).End();
        var fields = JsonFields.Of(body.Root, "", faults);
        var request = fields is null ? new ExplainRequest { To = "" } : new ExplainRequest
        {
            To = fields.Text("to") ?? "", From = fields.Text("from"), Namespace = fields.Text("namespace"), Node = fields.Text("node"),
            Method = fields.Text("method"),
            Path = fields.Text("path"), Query = fields.Text("query"),
            Headers = Pairs(fields.Texts("headers") ?? []),
        };
        fields?.End();
        await Answer(context, request, faults).ConfigureAwait(false);
    }

    private static Dictionary<string, string> Pairs(IEnumerable<KeyValuePair<string, string>> headers) =>
        headers.GroupBy(h => h.Key, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(h => h.Key, h => string.Join(',', h.Select(v => v.Value)), StringComparer.OrdinalIgnoreCase);

    private static async Task Answer(HttpContext context, ExplainRequest sent, Faults faults)
    {
        var (path, query) = (sent.Path ?? "/", sent.Query);
        if (path.IndexOf('?') is >= 0 and var mark) (path, query) = (path[..mark], query ?? path[(mark + 1)..]);
        // What a data plane refuses as it comes is asked for no rule.
        if (!path.StartsWith('/')) faults.Add("path", "not-a-path", $"A path begins with a slash, as in '/{path}'.");
        else if (HeadSyntax.FaultOfPath(path) is { } noPath) faults.Add("path", "not-a-path", $"No data plane takes this: {noPath}.");
        if (query?.Length > 0 && HeadSyntax.FaultOfTarget(query) is { } noQuery)
            faults.Add("query", "not-a-query", $"No data plane takes this: {noQuery}.");
        if (sent.Method is not null && HeadSyntax.FaultOfMethod(sent.Method) is { } noMethod)
            faults.Add("method", "not-a-method", $"No data plane takes this: {noMethod}.");
        if (sent.To.Length == 0) faults.Add("to", "missing", "Set the service that the request is for.");
        var request = sent with
        {
            To = Wire(sent.To, sent.Namespace),
            From = sent.From is null ? null : Wire(sent.From, sent.Namespace),
            Path = path,
            Query = query,
        };
        var explainer = context.RequestServices.GetRequiredService<TrafficExplainer>();
        if (faults.ToRefusal() is { } refusal) await context.WriteProblemAsync(refusal).ConfigureAwait(false);
        else if (await explainer.ServedAsync(request, context.RequestAborted).ConfigureAwait(false) is not { } resources)
            await context.WriteProblemAsync(ReplicaReads.NoState).ConfigureAwait(false);
        else if (explainer.Explain(request, resources) is { } answer)
            await context.WriteLargeJsonAsync(answer, TrafficJson.Readable.ExplainAnswer).ConfigureAwait(false);
        else
            await context.WriteProblemAsync(Refusal.Of(RefusalKind.NotFound, "to", "unknown-service",
                $"There is no service '{request.To}': no instance is registered under the name, and it has no route. 'discovery list' "
                    + "shows all services.")).ConfigureAwait(false);
    }

    private static string Wire(string name, string? @namespace) =>
        XdsNames.Canonical(name.Contains('.') || @namespace is null ? name : $"{name}.{@namespace}");
}
