using System.Text.Json.Serialization.Metadata;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;

namespace Mesh.Api.Rest;

/// <summary>
/// What all modules' REST endpoints do once a request is read: refuse with every fault, or send the command or read the state, and answer.
/// </summary>
public static class RestAnswers
{
    /// <summary>Refuses with the faults, or sends the command and answers with its outcome.</summary>
    /// <param name="bus">Where it is sent.</param>
    /// <param name="context">The request.</param>
    /// <param name="body">Its body; null where it has none.</param>
    /// <param name="faults">What has been found so far.</param>
    /// <param name="request">The request; null where there are faults.</param>
    /// <param name="answer">What is told of an outcome that is not a refusal, and the version that is its ETag; 0 for none.</param>
    /// <param name="type">The answer's JSON shape.</param>
    public static async Task SendAsync<TAnswer, TShape>(
        this ICommandBus bus, HttpContext context, JsonBody? body, Faults faults, ValidRequest<TAnswer>? request,
        Func<CommandOutcome, ServiceKey, TAnswer, (TShape Answer, long Version)> answer, JsonTypeInfo<TShape> type)
        where TAnswer : class
    {
        var caller = CommandCaller.Of(context, body, faults);
        var precondition = Preconditions.Read(context.Request.Headers, faults);
        if (faults.ToRefusal() is { } invalid)
        {
            await context.WriteProblemAsync(invalid).ConfigureAwait(false);
            return;
        }

        var (key, make) = request ?? throw new InvalidOperationException("A request without faults means a command.");
        var command = make(precondition);
        var outcome = await bus.SendAsync(caller.Envelope(command), context.RequestAborted).ConfigureAwait(false);
        await context.WriteOutcomeAsync(outcome, done => answer(done, key, done.AnswerTo(command)), type).ConfigureAwait(false);
    }

    /// <summary>Answers with a command's outcome.</summary>
    public static Task WriteOutcomeAsync<TShape>(
        this HttpContext context, CommandOutcome outcome, Func<CommandOutcome, (TShape Answer, long Version)> answer,
        JsonTypeInfo<TShape> type)
    {
        StateReads.Stamp(context.Response, outcome.Sequence);
        if (outcome.Refusal is { } refusal) return context.WriteProblemAsync(refusal);
        var (content, version) = answer(outcome);
        if (version > 0) context.Response.Headers.ETag = Preconditions.ETag(version);
        if (outcome.Replayed) context.Response.Headers["Idempotent-Replayed"] = "true";
        return context.WriteJsonAsync(content, type);
    }

    /// <summary>
    /// Refuses with the faults, or answers from a state as new as demanded; a refusal of <paramref name="answer"/> is answered too.
    /// </summary>
    public static Task AnswerAsync(this StateReads reads, HttpContext context, Faults faults, ReadDemand demand,
        Func<MeshState, Task<Refusal?>> answer) =>
        AnswerAsync(context, faults, () => reads.ReadAsync(demand, context.RequestAborted), answer);

    /// <summary>Refuses with the faults, or answers with a list, once there is news where the request waits for some.</summary>
    public static Task AnswerAsync<TList>(
        this LongPoll polls, HttpContext context, Faults faults, IStreamFilter filter, PollDemand demand, Func<MeshState, TList> list,
        JsonTypeInfo<TList> type) =>
        AnswerAsync(context, faults, () => polls.ReadAsync(filter, demand, context.RequestAborted), async state =>
        {
            await context.WriteLargeJsonAsync(list(state), type).ConfigureAwait(false);
            return null;
        });

    private static async Task AnswerAsync(
        HttpContext context, Faults faults, Func<ValueTask<(MeshState? State, Refusal? Refusal)>> read,
        Func<MeshState, Task<Refusal?>> answer)
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
