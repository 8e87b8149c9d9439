using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Read;
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
        await bus.SendAsync(context, body, faults, RouteCommands.Set(JsonFields.Of(body.Root, "", faults), faults)).ConfigureAwait(false);
    }

    public Task Remove(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var key = TrafficRequests.Key(query.Text("service"), query, faults);
        var (name, destination) = (query.NonEmpty("name"), query.NonEmpty("destination"));
        query.End();
        return bus.SendAsync(context, null, faults, RouteCommands.Remove(key, name, destination, faults));
    }

    public Task List(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var filter = RouteFilter.Of(query.Text("namespace"), query.Text("service"), faults);
        var demand = PollDemand.Of(query, faults);
        query.End();
        return polls.AnswerAsync(context, faults, filter, demand, state => RouteAnswers.ToList(state, filter),
            TrafficJson.Readable.RouteListAnswer);
    }

    public Task Get(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var service = TrafficRequests.Key(context, query, faults);
        var name = Labels.Read((string?)context.GetRouteValue("name"), "name", null, faults);
        var demand = ReadDemand.Of(query, faults);
        query.End();
        return reads.AnswerAsync(context, faults, demand, async state =>
        {
            var key = service.GetValueOrDefault();
            if (name is null || RouteAnswers.Find(state, key, name) is not { } route)
                return Refusal.Of(RefusalKind.NotFound, "name", "unknown-route", $"{key} has no route '{name}'.");
            context.Response.Headers.ETag = Preconditions.ETag(route.Revision);
            await context.WriteLargeJsonAsync(route, TrafficJson.Readable.RouteAnswer).ConfigureAwait(false);
            return null;
        });
    }
}
