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
    public Task SwitchAsync(HttpContext context) => bus.SendDeliveryAsync(context, DeliveryCommands.Switch);

    public Task RollBackAsync(HttpContext context) => bus.SendDeliveryAsync(context, DeliveryCommands.RollBack);

    public Task GetAsync(HttpContext context) => reads.AnswerOneAsync(
        context, (state, key) => Task.FromResult(DeliveryReading.Switch(state, key)), last => last.Revision, DeliveryReading.NoSwitch,
        TrafficJson.Readable.BlueGreenAnswer);

    public Task ListAsync(HttpContext context) => reads.AnswerListAsync(
        context, (state, @namespace) => Task.FromResult(DeliveryReading.Switches(state, @namespace)),
        TrafficJson.Readable.BlueGreenListAnswer);
}
