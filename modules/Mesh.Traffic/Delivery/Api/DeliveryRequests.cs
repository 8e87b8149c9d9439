using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Mesh.Kernel.State;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

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
        var caller = CommandCaller.Of(context, body, faults);
        var precondition = Preconditions.Read(context.Request.Headers.IfMatch.ToString(), context.Request.Headers.IfNoneMatch.ToString(), faults);
        var (key, command) = JsonFields.Of(body.Root, "", faults) is { } fields ? read(fields, precondition, faults) : default;
        var refusal = faults.ToRefusal();
        if (refusal is null)
        {
            var outcome = await bus.SendAsync(caller.Envelope(command!), context.RequestAborted).ConfigureAwait(false);
            StateReads.Stamp(context.Response, outcome.Sequence);
            refusal = outcome.Refusal;
            if (refusal is null)
            {
                var answer = DeliveryCommands.Answer(outcome, key);
                if (answer.Revision > 0) context.Response.Headers.ETag = Preconditions.ETag(answer.Revision);
                if (outcome.Replayed) context.Response.Headers["Idempotent-Replayed"] = "true";
                await context.WriteJsonAsync(answer, TrafficJson.Readable.DeliveryWriteAnswer).ConfigureAwait(false);
                return;
            }
        }

        await context.WriteProblemAsync(refusal).ConfigureAwait(false);
    }

    /// <summary>Answers with a refusal, or with what <paramref name="answer"/> writes of a state as new as demanded.</summary>
    public static async Task ReadDeliveryAsync(this StateReads reads, HttpContext context, Faults faults, ReadDemand demand, Func<MeshState, Task<Refusal?>> answer)
    {
        var refusal = faults.ToRefusal();
        if (refusal is null)
        {
            (var state, refusal) = await reads.ReadAsync(demand, context.RequestAborted).ConfigureAwait(false);
            if (state is not null)
            {
                StateReads.Stamp(context.Response, state.Sequence);
                refusal = await answer(state).ConfigureAwait(false);
                if (refusal is null) return;
            }
        }

        await context.WriteProblemAsync(refusal!).ConfigureAwait(false);
    }

    /// <summary>The service in the path.</summary>
    public static ServiceKey Key(HttpContext context, QueryFields query, Faults faults) =>
        new(Labels.Read(query.Text("namespace"), "namespace", ServiceKey.DefaultNamespace, faults)!,
            Labels.Read((string?)context.GetRouteValue("service"), "service", null, faults)!);
}
