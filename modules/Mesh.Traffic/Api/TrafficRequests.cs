using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Mesh.Kernel.State;
using Mesh.Traffic.Routes;
using Microsoft.AspNetCore.Http;

namespace Mesh.Traffic.Api;

/// <summary>What traffic's endpoints have in common.</summary>
internal static class TrafficRequests
{
    /// <summary>Refuses with the faults, or sends the command and answers.</summary>
    public static async Task SendAsync(this ICommandBus bus, HttpContext context, JsonBody? body, Faults faults, ServiceKey key, Func<Precondition?, ICommand?> command)
    {
        var caller = CommandCaller.Of(context, body, faults);
        var made = command(Preconditions.Read(context.Request.Headers.IfMatch.ToString(), context.Request.Headers.IfNoneMatch.ToString(), faults));
        if (faults.ToRefusal() is { } invalid)
        {
            await context.WriteProblemAsync(invalid).ConfigureAwait(false);
            return;
        }

        var outcome = await bus.SendAsync(caller.Envelope(made!), context.RequestAborted).ConfigureAwait(false);
        StateReads.Stamp(context.Response, outcome.Sequence);
        if (outcome.Refusal is { } refusal)
        {
            await context.WriteProblemAsync(refusal).ConfigureAwait(false);
            return;
        }

        var answer = (TrafficAnswer)outcome.Answer!;
        if (answer.Version > 0) context.Response.Headers.ETag = Preconditions.ETag(answer.Version);
        if (outcome.Replayed) context.Response.Headers["Idempotent-Replayed"] = "true";
        await context.WriteJsonAsync(new TrafficWriteAnswer
        {
            Changed = outcome.Changed,
            Sequence = outcome.Sequence,
            Service = key.Name,
            Namespace = key.Namespace,
            Route = answer.Route,
            Destinations = answer.Route is null ? null : answer.Destinations,
            Revision = answer.Version == 0 ? null : answer.Version,
        }, TrafficJson.Readable.TrafficWriteAnswer).ConfigureAwait(false);
    }

    /// <summary>Answers with a refusal, or with what <paramref name="answer"/> makes of a state as new as demanded; a refusal of its own is answered too.</summary>
    public static async Task ReadAsync(this StateReads reads, HttpContext context, Faults faults, ReadDemand demand, Func<MeshState, Func<Task>?> answer, Func<Refusal>? absent = null)
    {
        var refusal = faults.ToRefusal();
        if (refusal is null)
        {
            (var state, refusal) = await reads.ReadAsync(demand, context.RequestAborted).ConfigureAwait(false);
            if (state is not null)
            {
                StateReads.Stamp(context.Response, state.Sequence);
                if (answer(state) is { } write)
                {
                    await write().ConfigureAwait(false);
                    return;
                }

                refusal = absent!();
            }
        }

        await context.WriteProblemAsync(refusal!).ConfigureAwait(false);
    }

    /// <summary>A namespace to filter by; null for all.</summary>
    public static string? Namespace(QueryFields query, Faults faults) =>
        query.Text("namespace") is { } text && text != "*" ? Labels.Read(text, "namespace", null, faults) : null;
}
