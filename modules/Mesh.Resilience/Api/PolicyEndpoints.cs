using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Resilience;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Resilience.Answers;
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
        RequestParameters.Of(context, faults).End();
        var fields = JsonFields.Of(body.Root, "", faults);
        var command = fields is null ? null : PolicyInput.Read(kind, fields, faults);
        await SendAsync(context, body, faults, kind, PolicyInput.Set(command?.Key, command?.Policy, faults)).ConfigureAwait(false);
    };

    public RequestDelegate Remove(PolicyKind kind) => context =>
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var service = parameters.Read(ResilienceOperations.Service);
        var key = ServiceKey.Of(parameters.Read(StandardParameters.Namespace), service);
        parameters.End();
        return SendAsync(context, null, faults, kind, PolicyInput.Remove(key, kind, faults));
    };

    public Task ListAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var filter = PolicyFilter.Of(
            parameters.Read(StandardParameters.OnlyNamespace), parameters.Read(ResilienceOperations.OnlyService),
            parameters.Read(ResilienceOperations.OnlyKind), faults);
        var demand = PollDemand.Of(parameters, faults);
        parameters.End();
        return polls.AnswerAsync(
            context, faults, filter, demand, state => PolicyAnswers.ToList(state.Facts<ResilienceState>(), state.Sequence, filter),
            RestJson.Readable.PolicyListAnswer);
    }

    private Task SendAsync(HttpContext context, JsonBody? body, Faults faults, PolicyKind kind, ValidRequest<PolicyOutcome>? request) =>
        bus.SendAsync(context, body, faults, request, (outcome, key, answer) => (new PolicyWriteAnswer
        {
            Changed = outcome.Changed,
            Sequence = outcome.Sequence,
            Service = key.Name,
            Namespace = key.Namespace,
            Kind = PolicyKinds.NameOf(kind),
            Revision = answer.Version == 0 ? null : answer.Version,
            Warnings = answer.Warnings,
        }, answer.Version), RestJson.Readable.PolicyWriteAnswer);
}
