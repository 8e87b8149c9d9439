using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Mesh.Traffic.Read;
using Mesh.Traffic.Rules;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Traffic.Api;

/// <summary>Routes over REST (Flow step 1).</summary>
internal sealed class RouteEndpoints(ICommandBus bus, StateReads reads, LongPoll polls)
{
    public async Task Set(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        new QueryFields(context.Request.Query, faults).End();
        var demand = JsonFields.Of(body.Root, "", faults) is { } fields ? RouteReader.Read(fields, faults) : null;
        var key = demand is null ? default : new ServiceKey(demand.Route.Namespace, demand.Route.Service);
        await bus.SendAsync(context, body, faults, key, precondition => demand is null ? null : RouteCommands.Set(demand, precondition)).ConfigureAwait(false);
    }

    public Task Remove(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var key = Key(query.Text("service"), query, faults);
        var (name, destination) = (query.NonEmpty("name"), query.NonEmpty("destination"));
        query.End();
        return bus.SendAsync(context, null, faults, key, precondition => RouteCommands.Remove(key, name, destination, precondition, faults));
    }

    public async Task List(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var filter = RouteFilter.Of(query.Text("namespace"), query.Text("service"), faults);
        var demand = PollDemand.Of(query, faults);
        query.End();
        var refusal = faults.ToRefusal();
        if (refusal is null)
        {
            (var state, refusal) = await polls.ReadAsync(filter, demand, context.RequestAborted).ConfigureAwait(false);
            if (state is not null)
            {
                StateReads.Stamp(context.Response, state.Sequence);
                await context.WriteLargeJsonAsync(RouteAnswers.ToList(state, filter), TrafficJson.Readable.RouteListAnswer).ConfigureAwait(false);
                return;
            }
        }

        await context.WriteProblemAsync(refusal!).ConfigureAwait(false);
    }

    public Task Get(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var key = Key((string?)context.GetRouteValue("service"), query, faults);
        var name = Labels.Read((string?)context.GetRouteValue("name"), "name", null, faults);
        var demand = ReadDemand.Of(query, faults);
        query.End();
        return reads.ReadAsync(context, faults, demand, state =>
        {
            if (RouteAnswers.Find(state, key, name!) is not { } route) return null;
            context.Response.Headers.ETag = Preconditions.ETag(route.Revision);
            return () => context.WriteLargeJsonAsync(route, TrafficJson.Readable.RouteAnswer);
        }, () => Refusal.Of(RefusalKind.NotFound, "name", "unknown-route", $"{key} has no route '{name}'."));
    }

    private static ServiceKey Key(string? service, QueryFields query, Faults faults) =>
        new(Labels.Read(query.Text("namespace"), "namespace", ServiceKey.DefaultNamespace, faults)!, Labels.Read(service, "service", null, faults)!);
}
