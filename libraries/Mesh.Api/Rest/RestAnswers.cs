using System.Text.Json.Serialization.Metadata;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;

namespace Mesh.Api.Rest;

/// <summary>What all modules' REST endpoints do once a request is read: refuse with every fault, or send the command or read the state, and answer.</summary>
public static class RestAnswers
{
    /// <summary>Refuses with the faults, or sends the command and answers with its outcome.</summary>
    /// <param name="bus">Where it is sent.</param>
    /// <param name="context">The request.</param>
    /// <param name="body">Its body; null where it has none.</param>
    /// <param name="faults">What has been found so far.</param>
    /// <param name="command">The command under the request's condition; null only where there are faults.</param>
    /// <param name="answer">What is told of an outcome that is not a refusal, and the version that is its ETag; 0 for none.</param>
    /// <param name="type">The answer's JSON shape.</param>
    public static async Task SendAsync<TAnswer>(
        this ICommandBus bus, HttpContext context, JsonBody? body, Faults faults, Func<Precondition?, ICommand?> command,
        Func<CommandOutcome, (TAnswer Answer, long Version)> answer, JsonTypeInfo<TAnswer> type)
    {
        var caller = CommandCaller.Of(context, body, faults);
        var made = command(Preconditions.Read(context.Request.Headers, faults));
        if (faults.ToRefusal() is { } invalid)
        {
            await context.WriteProblemAsync(invalid).ConfigureAwait(false);
            return;
        }

        var outcome = await bus.SendAsync(caller.Envelope(made!), context.RequestAborted).ConfigureAwait(false);
        await context.WriteOutcomeAsync(outcome, answer, type).ConfigureAwait(false);
    }

    /// <summary>Answers with a command's outcome.</summary>
    public static Task WriteOutcomeAsync<TAnswer>(
        this HttpContext context, CommandOutcome outcome, Func<CommandOutcome, (TAnswer Answer, long Version)> answer, JsonTypeInfo<TAnswer> type)
    {
        StateReads.Stamp(context.Response, outcome.Sequence);
        if (outcome.Refusal is { } refusal) return context.WriteProblemAsync(refusal);
        var (content, version) = answer(outcome);
        if (version > 0) context.Response.Headers.ETag = Preconditions.ETag(version);
        if (outcome.Replayed) context.Response.Headers["Idempotent-Replayed"] = "true";
        return context.WriteJsonAsync(content, type);
    }

    /// <summary>Refuses with the faults, or answers from a state as new as demanded; a refusal of <paramref name="answer"/> is answered too.</summary>
    public static Task AnswerAsync(this StateReads reads, HttpContext context, Faults faults, ReadDemand demand, Func<MeshState, Task<Refusal?>> answer) =>
        AnswerAsync(context, faults, () => reads.ReadAsync(demand, context.RequestAborted), answer);

    /// <summary>Refuses with the faults, or answers with a list, once there is news where the request waits for some.</summary>
    public static Task AnswerAsync<TList>(
        this LongPoll polls, HttpContext context, Faults faults, IStreamFilter filter, PollDemand demand, Func<MeshState, TList> list, JsonTypeInfo<TList> type) =>
        AnswerAsync(context, faults, () => polls.ReadAsync(filter, demand, context.RequestAborted), async state =>
        {
            await context.WriteLargeJsonAsync(list(state), type).ConfigureAwait(false);
            return null;
        });

    private static async Task AnswerAsync(
        HttpContext context, Faults faults, Func<ValueTask<(MeshState? State, Refusal? Refusal)>> read, Func<MeshState, Task<Refusal?>> answer)
    {
        var refusal = faults.ToRefusal();
        if (refusal is null)
        {
            (var state, refusal) = await read().ConfigureAwait(false);
            if (state is not null)
            {
                StateReads.Stamp(context.Response, state.Sequence);
                refusal = await answer(state).ConfigureAwait(false);
                if (refusal is null) return;
            }
        }

        await context.WriteProblemAsync(refusal!).ConfigureAwait(false);
    }
}
