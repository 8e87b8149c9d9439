using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Traffic.Api;
using Mesh.Traffic.Delivery.Read;
using Microsoft.AspNetCore.Http;

namespace Mesh.Traffic.Delivery.Api;

/// <summary>Canaries over REST (Flow step 1).</summary>
internal sealed class CanaryEndpoints(ICommandBus bus, StateReads reads, DeliveryReading reading)
{
    public Task StartAsync(HttpContext context) => bus.SendDeliveryAsync(context, DeliveryCommands.StartCanary);

    public Task PromoteAsync(HttpContext context) => bus.SendDeliveryAsync(context, DeliveryCommands.PromoteCanary);

    public Task AbortAsync(HttpContext context) => bus.SendDeliveryAsync(context, DeliveryCommands.AbortCanary);

    public Task GetAsync(HttpContext context) => reads.AnswerOneAsync(
        context, (state, key) => reading.CanaryAsync(state, key, context.RequestAborted), canary => canary.Revision,
        DeliveryReading.NoCanary, TrafficJson.Readable.CanaryAnswer);

    public Task ListAsync(HttpContext context) => reads.AnswerListAsync(
        context, (state, @namespace) => reading.CanariesAsync(state, @namespace, context.RequestAborted),
        TrafficJson.Readable.CanaryListAnswer);
}
