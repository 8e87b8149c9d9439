using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
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

    public Task Get(HttpContext context) => reads.AnswerOneAsync(
        context, (state, key) => reading.CanaryAsync(state, key, context.RequestAborted), canary => canary.Revision, DeliveryReading.NoCanary, TrafficJson.Readable.CanaryAnswer);

    public Task List(HttpContext context) => reads.AnswerListAsync(
        context, (state, @namespace) => reading.CanariesAsync(state, @namespace, context.RequestAborted), TrafficJson.Readable.CanaryListAnswer);
}
