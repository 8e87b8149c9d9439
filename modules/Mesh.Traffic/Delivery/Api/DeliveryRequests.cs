using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Delivery.Decisions;
using Microsoft.AspNetCore.Http;

namespace Mesh.Traffic.Delivery.Api;

/// <summary>What the endpoints of canaries and of switches have in common.</summary>
internal static class DeliveryRequests
{
    /// <summary>Reads a body, refuses with its faults, or sends the command that it means and answers.</summary>
    public static async Task SendDeliveryAsync(this ICommandBus bus, HttpContext context, Func<JsonFields, Faults,
        ValidRequest<DeliveryAnswer>?> read)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        RequestParameters.Of(context, faults).End();
        var request = JsonFields.Of(body.Root, "", faults) is { } fields ? read(fields, faults) : null;
        await bus.SendAsync(
            context, body, faults, faults.Any ? null : request, (outcome, key, answer) => (DeliveryCommands.Answer(outcome, key, answer),
                answer.Version),
            TrafficJson.Readable.DeliveryWriteAnswer).ConfigureAwait(false);
    }
}
