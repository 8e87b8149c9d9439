using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Traffic;
using Mesh.DataPlane.Requests;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Api;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Traffic.Explaining;

/// <summary><c>GET</c> and <c>POST /api/v1/traffic/explain</c>: which way a request takes, and why.</summary>
internal static class ExplainEndpoints
{
    private static readonly OperationGroup Group = new("Traffic", TrafficEndpoints.Permissions, "/api/v1/traffic");

    private static readonly Parameter<string?>
        To = Parameter.Text("to", "The service that the request is for.", "shop"),
        From = Parameter.Text("from", "The service that calls; one that no rule names if unset.", "web"),
        Namespace = Parameter.Text("namespace", "Namespace of both where their names have none."),
        Node = Parameter.Text("node", "The calling client's node id, for what only a share of clients gets."),
        Method = Parameter.Text("method", "`GET` if unset."),
        Path = Parameter.Text("path", "`/` if unset; a query may follow after `?`.", "/cart"),
        Query = Parameter.Text("query", "The query without its question mark, in place of one in the path.");

    private static readonly Parameter<IReadOnlyList<KeyValuePair<string, string>>> Headers = Parameter.Prefixed("header.", "x-user",
        "A header of the request; `x-user` stands for any name; it may be repeated.");

    private static readonly Operation GetOperation = new(Group, OperationKind.Inspect, HttpMethods.Get, "/explain", "explainRequest",
        "Which way a request takes, and why")
    {
        Parameters = [To, From, Namespace, Node, Method, Path, Query, Headers],
        Answer = typeof(ExplainAnswer),
        Refusals = [RefusalKind.NotFound, RefusalKind.Unavailable],
    };

    private static readonly Operation PostOperation = new(Group, OperationKind.Inspect, HttpMethods.Post, "/explain",
        "explainRequestInBody", "Which way a request takes, and why: the request is in the body")
    {
        Body = typeof(ExplainRequest),
        BodyExample = """{"to":"shop","path":"/cart","headers":{"x-user":"beta"}}""",
        Answer = typeof(ExplainAnswer),
        Refusals = [RefusalKind.NotFound, RefusalKind.Unavailable],
    };

    public static void MapExplain(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOperation(GetOperation, GetAsync);
        endpoints.MapOperation(PostOperation, PostAsync);
    }

    private static Task GetAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var request = new ExplainRequest
        {
            To = parameters.Read(To) ?? "", From = parameters.Read(From), Namespace = parameters.Read(Namespace),
            Node = parameters.Read(Node), Method = parameters.Read(Method),
            Path = parameters.Read(Path), Query = parameters.Read(Query),
            Headers = Pairs(parameters.Read(Headers)),
        };
        parameters.End();
        return AnswerAsync(context, request, faults);
    }

    private static async Task PostAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        RequestParameters.Of(context, faults).End();
        var fields = JsonFields.Of(body.Root, "", faults);
        var request = fields is null ? new ExplainRequest { To = "" } : new ExplainRequest
        {
            To = fields.Text("to") ?? "", From = fields.Text("from"), Namespace = fields.Text("namespace"), Node = fields.Text("node"),
            Method = fields.Text("method"),
            Path = fields.Text("path"), Query = fields.Text("query"),
            Headers = Pairs(fields.Texts("headers") ?? []),
        };
        fields?.End();
        await AnswerAsync(context, request, faults).ConfigureAwait(false);
    }

    private static Dictionary<string, string> Pairs(IEnumerable<KeyValuePair<string, string>> headers) =>
        headers.GroupBy(h => h.Key, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(h => h.Key, h => string.Join(',', h.Select(v => v.Value)), StringComparer.OrdinalIgnoreCase);

    private static async Task AnswerAsync(HttpContext context, ExplainRequest sent, Faults faults)
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
