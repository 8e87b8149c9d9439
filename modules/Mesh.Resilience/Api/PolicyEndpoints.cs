using Mesh.Contracts.Resilience;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Mesh.Resilience.Policies;
using Mesh.Resilience.Read;
using Mesh.Resilience.State;
using Microsoft.AspNetCore.Http;

namespace Mesh.Resilience.Api;

/// <summary>Policies over REST (Flow step 1): reads the request strictly, sends the command, writes the answer.</summary>
internal sealed class PolicyEndpoints(ICommandBus bus, LongPoll polls)
{
    public RequestDelegate Set(PolicyKind kind) => async context =>
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        new QueryFields(context.Request.Query, faults).End();
        var fields = JsonFields.Of(body.Root, "", faults);
        var command = fields is null ? null : PolicyInput.Read(kind, fields, faults);
        var caller = CommandCaller.Of(context, body, faults);
        var precondition = Precondition(context, faults);
        await SendAsync(context, faults, caller, () => command! with { Precondition = precondition }, () => (command!.Key, kind)).ConfigureAwait(false);
    };

    public RequestDelegate Remove(PolicyKind kind) => context =>
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var key = PolicyInput.Key(query.Text("service"), query.Text("namespace"), faults);
        query.End();
        var caller = CommandCaller.Of(context, null, faults);
        var precondition = Precondition(context, faults);
        return SendAsync(context, faults, caller, () => new RemovePolicy(key!.Value, kind) { Precondition = precondition }, () => (key!.Value, kind));
    };

    public async Task List(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var filter = PolicyFilter.Of(query.Text("namespace"), query.Text("service"), query.Text("kind"), faults);
        var demand = PollDemand.Of(query, faults);
        query.End();
        var refusal = faults.ToRefusal();
        if (refusal is null)
        {
            (var state, refusal) = await polls.ReadAsync(filter, demand, context.RequestAborted).ConfigureAwait(false);
            if (state is not null)
            {
                StateReads.Stamp(context.Response, state.Sequence);
                await context.WriteLargeJsonAsync(PolicyAnswers.ToList(state.Facts<ResilienceState>(), state.Sequence, filter), RestJson.Readable.PolicyListAnswer).ConfigureAwait(false);
                return;
            }
        }

        await context.WriteProblemAsync(refusal!).ConfigureAwait(false);
    }

    private async Task SendAsync(HttpContext context, Faults faults, CommandCaller caller, Func<ICommand> command, Func<(ServiceKey, PolicyKind)> about)
    {
        if (faults.ToRefusal() is { } invalid)
        {
            await context.WriteProblemAsync(invalid).ConfigureAwait(false);
            return;
        }

        var outcome = await bus.SendAsync(caller.Envelope(command()), context.RequestAborted).ConfigureAwait(false);
        StateReads.Stamp(context.Response, outcome.Sequence);
        if (outcome.Refusal is { } refusal)
        {
            await context.WriteProblemAsync(refusal).ConfigureAwait(false);
            return;
        }

        var (key, kind) = about();
        var version = ((Answers.PolicyOutcome)outcome.Answer!).Version;
        if (version > 0) context.Response.Headers.ETag = Preconditions.ETag(version);
        if (outcome.Replayed) context.Response.Headers["Idempotent-Replayed"] = "true";
        await context.WriteJsonAsync(new PolicyWriteAnswer
        {
            Changed = outcome.Changed,
            Sequence = outcome.Sequence,
            Service = key.Name,
            Namespace = key.Namespace,
            Kind = PolicyKinds.NameOf(kind),
            Revision = version == 0 ? null : version,
        }, RestJson.Readable.PolicyWriteAnswer).ConfigureAwait(false);
    }

    private static Precondition? Precondition(HttpContext context, Faults faults) =>
        Preconditions.Read(context.Request.Headers.IfMatch.ToString(), context.Request.Headers.IfNoneMatch.ToString(), faults);
}
