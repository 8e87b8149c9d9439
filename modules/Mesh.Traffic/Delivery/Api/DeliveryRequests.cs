using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;

namespace Mesh.Traffic.Delivery.Api;

/// <summary>What the endpoints of canaries and of switches have in common.</summary>
internal static class DeliveryRequests
{
    /// <summary>Reads a body, refuses with its faults, or sends the command that it means and answers. The command is null where there are faults.</summary>
    public static async Task SendDeliveryAsync(this ICommandBus bus, HttpContext context, Func<JsonFields, Precondition?, Faults, (ServiceKey Key, ICommand? Command)> read)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        new QueryFields(context.Request.Query, faults).End();
        var meant = default((ServiceKey Key, ICommand? Command));
        await bus.SendAsync(
            context, body, faults,
            precondition => (meant = JsonFields.Of(body.Root, "", faults) is { } fields ? read(fields, precondition, faults) : default).Command,
            outcome =>
            {
                var answer = DeliveryCommands.Answer(outcome, meant.Key);
                return (answer, answer.Revision);
            },
            TrafficJson.Readable.DeliveryWriteAnswer).ConfigureAwait(false);
    }
}
