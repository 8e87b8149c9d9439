using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Mesh.Traffic.Api;
using Mesh.Traffic.Delivery.Decisions;
using Mesh.Traffic.Delivery.Read;
using Mesh.Traffic.Rules;
using Microsoft.AspNetCore.Http;

namespace Mesh.Traffic.Delivery.Api;

/// <summary>Blue-green switches over REST (Flow step 1).</summary>
internal sealed class BlueGreenEndpoints(ICommandBus bus, StateReads reads)
{
    public Task Switch(HttpContext context) => bus.SendDeliveryAsync(context, (fields, precondition, faults) =>
    {
        var wish = DeliveryReader.BlueGreen(fields, faults);
        return wish is null ? default : (new(wish.Namespace, wish.Service), new SwitchBlueGreen(wish) { Precondition = precondition });
    });

    public Task RollBack(HttpContext context) => bus.SendDeliveryAsync(context, (fields, precondition, faults) =>
    {
        var key = DeliveryReader.Key(fields, faults);
        fields.End();
        return (key, new RollBackBlueGreen(key) { Precondition = precondition });
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
            if (DeliveryReading.Switch(state, key) is not { } last) return DeliveryReading.NoSwitch(key);
            context.Response.Headers.ETag = Preconditions.ETag(last.Revision);
            await context.WriteJsonAsync(last, TrafficJson.Readable.BlueGreenAnswer).ConfigureAwait(false);
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
            await context.WriteLargeJsonAsync(DeliveryReading.Switches(state, @namespace), TrafficJson.Readable.BlueGreenListAnswer).ConfigureAwait(false);
            return null;
        });
    }
}
