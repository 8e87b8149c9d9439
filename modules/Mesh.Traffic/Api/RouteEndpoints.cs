using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Read;
using Microsoft.AspNetCore.Http;

namespace Mesh.Traffic.Api;

/// <summary>Routes over REST (Flow step 1).</summary>
internal sealed class RouteEndpoints(ICommandBus bus, StateReads reads, LongPoll polls)
{
    public async Task SetAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        RequestParameters.Of(context, faults).End();
        await bus.SendAsync(context, body, faults, RouteCommands.Set(JsonFields.Of(body.Root, "", faults), faults)).ConfigureAwait(false);
    }

    public Task RemoveAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var key = ServiceKey.Of(parameters.Read(StandardParameters.Namespace), parameters.Read(TrafficOperations.Service));
        var (name, destination) = (parameters.Read(TrafficOperations.Name), parameters.Read(TrafficOperations.Destination));
        parameters.End();
        return bus.SendAsync(context, null, faults, RouteCommands.Remove(key, name, destination, faults));
    }

    public Task ListAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var filter = RouteFilter.Of(
            parameters.Read(StandardParameters.OnlyNamespace), parameters.Read(TrafficOperations.OnlyService), faults);
        var demand = PollDemand.Of(parameters, faults);
        parameters.End();
        return polls.AnswerAsync(context, faults, filter, demand, state => RouteAnswers.ToList(state, filter),
            TrafficJson.Readable.RouteListAnswer);
    }

    public Task GetAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var service = TrafficRequests.KeyInPath(parameters);
        var name = parameters.Read(TrafficOperations.NameInPath);
        var demand = ReadDemand.Of(parameters, faults);
        parameters.End();
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
