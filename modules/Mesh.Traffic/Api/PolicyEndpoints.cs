using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Mesh.Traffic.Policies;
using Mesh.Traffic.Read;
using Mesh.Traffic.Rules;
using Mesh.Traffic.State;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Traffic.Api;

/// <summary>Traffic policies over REST (Flow step 1).</summary>
internal sealed class PolicyEndpoints(ICommandBus bus, StateReads reads)
{
    public async Task Put(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var key = Key(context, query, faults);
        query.End();
        var policy = JsonFields.Of(body.Root, "", faults) is { } fields ? PolicyReader.Read(fields, key, faults) : null;
        await bus.SendAsync(context, body, faults, key, precondition => policy is null ? null : new SetPolicy(key, policy) { Precondition = precondition }).ConfigureAwait(false);
    }

    public Task Delete(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var key = Key(context, query, faults);
        query.End();
        return bus.SendAsync(context, null, faults, key, precondition => new SetPolicy(key, null) { Precondition = precondition });
    }

    public Task Get(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var key = Key(context, query, faults);
        var demand = ReadDemand.Of(query, faults);
        query.End();
        return reads.ReadAsync(context, faults, demand, state =>
        {
            if (state.Facts<TrafficState>().Find(key)?.Policy is not { } policy) return null;
            context.Response.Headers.ETag = Preconditions.ETag(policy.Version);
            return () => context.WriteJsonAsync(PolicyAnswers.Of(policy), TrafficJson.Readable.TrafficPolicyAnswer);
        }, () => Refusal.Of(RefusalKind.NotFound, "service", "unknown-policy", $"{key} has no traffic policy."));
    }

    public Task List(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var @namespace = TrafficRequests.Namespace(query, faults);
        var demand = ReadDemand.Of(query, faults);
        query.End();
        return reads.ReadAsync(context, faults, demand,
            state => () => context.WriteLargeJsonAsync(PolicyAnswers.ToList(state, @namespace), TrafficJson.Readable.TrafficPolicyListAnswer));
    }

    private static ServiceKey Key(HttpContext context, QueryFields query, Faults faults) =>
        new(Labels.Read(query.Text("namespace"), "namespace", ServiceKey.DefaultNamespace, faults)!,
            Labels.Read((string?)context.GetRouteValue("service"), "service", null, faults)!);
}
