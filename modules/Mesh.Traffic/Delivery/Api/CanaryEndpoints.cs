using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Mesh.Traffic.Api;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.Delivery.Read;
using Mesh.Traffic.Rules;
using Microsoft.AspNetCore.Http;

namespace Mesh.Traffic.Delivery.Api;

/// <summary>Canaries over REST (Flow step 1).</summary>
internal sealed class CanaryEndpoints(ICommandBus bus, StateReads reads, DeliveryReading reading)
{
    public Task Start(HttpContext context) => bus.SendDeliveryAsync(context, (fields, precondition, faults) =>
    {
        var canary = DeliveryReader.Canary(fields, faults);
        return canary is null ? default : (new(canary.Namespace, canary.Service), new StartCanary(canary) { Precondition = precondition });
    });

    public Task Promote(HttpContext context) => bus.SendDeliveryAsync(context, (fields, precondition, faults) =>
    {
        var key = DeliveryReader.Key(fields, faults);
        var command = DeliveryCommands.Promote(key, fields.Flag("all") is true, fields.Number("step"), fields.Text("reason"), precondition, faults);
        fields.End();
        return (key, command);
    });

    public Task Abort(HttpContext context) => bus.SendDeliveryAsync(context, (fields, precondition, faults) =>
    {
        var key = DeliveryReader.Key(fields, faults);
        var command = DeliveryCommands.Abort(key, fields.Text("reason"), precondition, faults);
        fields.End();
        return (key, command);
    });

    public Task Get(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var key = DeliveryRequests.Key(context, query, faults);
        var demand = ReadDemand.Of(query, faults);
        query.End();
        return reads.ReadDeliveryAsync(context, faults, demand, async state =>
        {
            if (await reading.CanaryAsync(state, key, context.RequestAborted).ConfigureAwait(false) is not { } canary) return DeliveryReading.NoCanary(key);
            context.Response.Headers.ETag = Preconditions.ETag(canary.Revision);
            await context.WriteJsonAsync(canary, TrafficJson.Readable.CanaryAnswer).ConfigureAwait(false);
            return null;
        });
    }

    public Task List(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var @namespace = TrafficRequests.Namespace(query, faults);
        var demand = ReadDemand.Of(query, faults);
        query.End();
        return reads.ReadDeliveryAsync(context, faults, demand, async state =>
        {
            await context.WriteLargeJsonAsync(await reading.CanariesAsync(state, @namespace, context.RequestAborted).ConfigureAwait(false), TrafficJson.Readable.CanaryListAnswer).ConfigureAwait(false);
            return null;
        });
    }
}
