using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Traffic.Api;
using Mesh.Traffic.Delivery.Read;
using Microsoft.AspNetCore.Http;

namespace Mesh.Traffic.Delivery.Api;

/// <summary>Blue-green switches over REST (Flow step 1).</summary>
internal sealed class BlueGreenEndpoints(ICommandBus bus, StateReads reads)
{
    public Task Switch(HttpContext context) => bus.SendDeliveryAsync(context, DeliveryCommands.Switch);

    public Task RollBack(HttpContext context) => bus.SendDeliveryAsync(context, DeliveryCommands.RollBack);

    public Task Get(HttpContext context) => reads.AnswerOneAsync(
        context, (state, key) => Task.FromResult(DeliveryReading.Switch(state, key)), last => last.Revision, DeliveryReading.NoSwitch,
        TrafficJson.Readable.BlueGreenAnswer);

    public Task List(HttpContext context) => reads.AnswerListAsync(
        context, (state, @namespace) => Task.FromResult(DeliveryReading.Switches(state, @namespace)),
        TrafficJson.Readable.BlueGreenListAnswer);
}
