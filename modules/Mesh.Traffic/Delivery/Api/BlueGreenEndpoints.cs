using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
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

    public Task Get(HttpContext context) => reads.AnswerOneAsync(
        context, (state, key) => Task.FromResult(DeliveryReading.Switch(state, key)), last => last.Revision, DeliveryReading.NoSwitch, TrafficJson.Readable.BlueGreenAnswer);

    public Task List(HttpContext context) => reads.AnswerListAsync(
        context, (state, @namespace) => Task.FromResult(DeliveryReading.Switches(state, @namespace)), TrafficJson.Readable.BlueGreenListAnswer);
}
