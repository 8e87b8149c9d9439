using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Mesh.ServiceDefaults.Permissions;
using Mesh.Traffic.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Traffic.Rollouts;

/// <summary>Rollouts over REST (Flow step 1).</summary>
internal sealed class RolloutEndpoints(ICommandBus bus, StateReads reads)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        foreach (var prefix in new[] { "/api/traffic/rollouts", "/api/v1/traffic/rollouts" })
        {
            Describe(endpoints.MapPost(prefix, Start), RolloutDocs.Start, Start, TrafficEndpoints.WritePermission);
            Describe(endpoints.MapGet(prefix, List), RolloutDocs.List, List, TrafficEndpoints.ReadPermission);
            Describe(endpoints.MapGet($"{prefix}/{{service}}", Get), RolloutDocs.Get, Get, TrafficEndpoints.ReadPermission);
            Describe(endpoints.MapPost($"{prefix}/{{service}}/advance", Advance), RolloutDocs.Advance, Advance, TrafficEndpoints.WritePermission);
            Describe(endpoints.MapPost($"{prefix}/{{service}}/abort", Abort), RolloutDocs.Abort, Abort, TrafficEndpoints.WritePermission);
            Describe(endpoints.MapPost($"{prefix}/{{service}}/report", Report), RolloutDocs.Report, Report, TrafficEndpoints.WritePermission);
        }
    }

    private static void Describe(IEndpointConventionBuilder endpoint, OperationDoc doc, RequestDelegate handler, string permission) =>
        endpoint.Describe(doc, handler).RequireMeshPermission(permission);

    private async Task Start(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        new QueryFields(context.Request.Query, faults).End();
        var rollout = RolloutReader.Read(body.Root, faults);
        var key = rollout is null ? default : new ServiceKey(rollout.Namespace, rollout.Service);
        await bus.SendAsync(context, body, faults, key, precondition => rollout is null ? null : new StartRollout(rollout) { Precondition = precondition }).ConfigureAwait(false);
    }

    private async Task Advance(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        var key = Key(context, faults);
        var fields = JsonFields.Of(body.Root, "", faults);
        var percent = fields?.Number("percent");
        fields?.End();
        if (percent is < 1 or > 100) faults.Add("percent", "out-of-range", $"{percent} is no share of clients; say 1 to 100, or nothing for all.");
        await bus.SendAsync(context, body, faults, key, precondition => new MoveRollout(key, RolloutMove.Advance) { Percent = percent, Precondition = precondition }).ConfigureAwait(false);
    }

    private Task Abort(HttpContext context)
    {
        var faults = new Faults();
        var key = Key(context, faults);
        return bus.SendAsync(context, null, faults, key, precondition => new MoveRollout(key, RolloutMove.Abort) { Precondition = precondition });
    }

    private async Task Report(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        var key = Key(context, faults);
        var fields = JsonFields.Of(body.Root, "", faults);
        var (id, verdict, percent, node, reason) = (fields?.Text("id"), fields?.Text("verdict"), fields?.Number("percent"), fields?.Text("node"), fields?.Text("reason"));
        fields?.End();
        if (id is null) faults.Add("id", "missing", "Say which rollout was looked at.");
        RolloutMove? move = verdict switch { "halt" => RolloutMove.Halt, "pause" => RolloutMove.Pause, "resume" => RolloutMove.Resume, "complete" => RolloutMove.Complete, _ => null };
        if (move is null) faults.Add("verdict", "unknown-value", $"'{verdict}' is none; say halt, pause, resume or complete.");
        await bus.SendAsync(context, body, faults, key, precondition => move is null ? null
            : new MoveRollout(key, move.Value) { Id = id, Percent = percent is 0 ? null : percent, Node = node, Reason = reason, Precondition = precondition }).ConfigureAwait(false);
    }

    private Task List(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var @namespace = TrafficRequests.Namespace(query, faults);
        var demand = ReadDemand.Of(query, faults);
        query.End();
        return reads.ReadAsync(context, faults, demand, state => () => context.WriteLargeJsonAsync(RolloutAnswers.ToList(state, @namespace), TrafficJson.Readable.RolloutListAnswer));
    }

    private Task Get(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var key = Key(context, query, faults);
        var demand = ReadDemand.Of(query, faults);
        query.End();
        return reads.ReadAsync(context, faults, demand, state =>
        {
            if (RolloutAnswers.Find(state, key) is not { } rollout) return null;
            context.Response.Headers.ETag = Preconditions.ETag(rollout.Revision);
            return () => context.WriteLargeJsonAsync(rollout, TrafficJson.Readable.RolloutAnswer);
        }, () => Refusal.Of(RefusalKind.NotFound, "service", "no-rollout", $"Nothing has been rolled out to clients of {key}."));
    }

    private static ServiceKey Key(HttpContext context, Faults faults)
    {
        var query = new QueryFields(context.Request.Query, faults);
        var key = Key(context, query, faults);
        query.End();
        return key;
    }

    private static ServiceKey Key(HttpContext context, QueryFields query, Faults faults) =>
        new(Labels.Read(query.Text("namespace"), "namespace", ServiceKey.DefaultNamespace, faults)!, Labels.Read((string?)context.GetRouteValue("service"), "service", null, faults)!);
}
