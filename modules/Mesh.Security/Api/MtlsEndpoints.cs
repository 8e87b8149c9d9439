using Mesh.Api.Rest;
using Mesh.Contracts.Security;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Security.Mtls;
using Mesh.Security.State;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Security.Api;

/// <summary>Mutual TLS modes over REST (Flow step 1): reads the request strictly, sends the command, writes the answer.</summary>
internal sealed class MtlsEndpoints(ICommandBus bus, LongPoll polls, MtlsRequests requests)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOperation(MtlsDescriptions.Set, SetAsync);
        endpoints.MapOperation(MtlsDescriptions.Remove, RemoveAsync);
        endpoints.MapOperation(MtlsDescriptions.List, ListAsync);
    }

    private async Task SetAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        RequestParameters.Of(context, faults).End();
        MtlsScope? scope = null;
        MtlsMode? mode = null;
        if (JsonFields.Of(body.Root, "", faults) is { } fields)
        {
            (scope, mode) = MtlsInput.Read(fields, faults);
            fields.End();
        }

        var (request, refusal) = await requests.SetAsync(scope, mode, faults, context.RequestAborted).ConfigureAwait(false);
        if (refusal is not null) await context.WriteProblemAsync(refusal).ConfigureAwait(false);
        else await SendAsync(context, body, faults, scope, mode, request).ConfigureAwait(false);
    }

    private Task RemoveAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var service = parameters.Read(MtlsDescriptions.Service);
        var scope = MtlsInput.Scope(service, parameters.Read(MtlsDescriptions.Namespace), faults);
        parameters.End();
        return SendAsync(context, null, faults, scope, null, MtlsRequests.Remove(scope, faults));
    }

    private Task ListAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var filter = MtlsFilter.Of(
            parameters.Read(StandardParameters.OnlyNamespace), parameters.Read(MtlsDescriptions.OnlyService), faults);
        var demand = PollDemand.Of(parameters, faults);
        parameters.End();
        return polls.AnswerAsync(context, faults, filter, demand, filter.ToList, SecurityJson.Readable.MtlsListAnswer);
    }

    private Task SendAsync(HttpContext context, JsonBody? body, Faults faults, MtlsScope? scope, MtlsMode? mode,
        ValidRequest<MtlsOutcome>? request) =>
        bus.SendAsync(context, body, faults, request, (outcome, key, answer) => (new MtlsWriteAnswer
        {
            Changed = outcome.Changed,
            Sequence = outcome.Sequence,
            Service = scope?.Service,
            Namespace = key.Namespace,
            Mode = mode is { } set ? MtlsModes.NameOf(set) : null,
            Revision = answer.Version == 0 ? null : answer.Version,
            Warnings = answer.Warnings,
        }, answer.Version), SecurityJson.Readable.MtlsWriteAnswer);
}
