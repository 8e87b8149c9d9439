using System.Text.Json.Serialization.Metadata;
using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;
using Mesh.Traffic.Routes;
using Microsoft.AspNetCore.Http;

namespace Mesh.Traffic.Api;

/// <summary>What traffic's endpoints have in common.</summary>
internal static class TrafficRequests
{
    /// <summary>Refuses with the faults, or sends a command on routes, policies or rollouts and answers.</summary>
    public static Task SendAsync(
        this ICommandBus bus, HttpContext context, JsonBody? body, Faults faults, ValidRequest<TrafficAnswer>? request) =>
        bus.SendAsync(context, body, faults, request, (outcome, key, answer) => (new TrafficWriteAnswer
        {
            Changed = outcome.Changed,
            Sequence = outcome.Sequence,
            Service = key.Name,
            Namespace = key.Namespace,
            Route = answer.Route,
            Destinations = answer.Route is null ? null : answer.Destinations,
            Revision = answer.Version == 0 ? null : answer.Version,
            Warnings = answer.Warnings,
        }, answer.Version), TrafficJson.Readable.TrafficWriteAnswer);

    /// <summary>
    /// Answers with what the service in the path has, and its revision as ETag, or with the refusal where it has nothing.
    /// </summary>
    public static Task AnswerOneAsync<TAnswer>(
        this StateReads reads, HttpContext context, Func<MeshState, ServiceKey, Task<TAnswer?>> find, Func<TAnswer, long> revision,
        Func<ServiceKey, Refusal> absent,
        JsonTypeInfo<TAnswer> type) where TAnswer : class
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var service = KeyInPath(parameters);
        var demand = ReadDemand.Of(parameters, faults);
        parameters.End();
        return reads.AnswerAsync(context, faults, demand, async state =>
        {
            var key = service.GetValueOrDefault();
            if (await find(state, key).ConfigureAwait(false) is not { } answer) return absent(key);
            context.Response.Headers.ETag = Preconditions.ETag(revision(answer));
            await context.WriteJsonAsync(answer, type).ConfigureAwait(false);
            return null;
        });
    }

    /// <summary>Answers with a list for the namespace in the query, or for all.</summary>
    public static Task AnswerListAsync<TList>(this StateReads reads, HttpContext context, Func<MeshState, string?, Task<TList>> list,
        JsonTypeInfo<TList> type)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var @namespace = parameters.Read(StandardParameters.OnlyNamespace) is { } text && text != "*"
            ? Labels.Read(text, "namespace", null, faults)
            : null;
        var demand = ReadDemand.Of(parameters, faults);
        parameters.End();
        return reads.AnswerAsync(context, faults, demand, async state =>
        {
            await context.WriteLargeJsonAsync(await list(state, @namespace).ConfigureAwait(false), type).ConfigureAwait(false);
            return null;
        });
    }

    /// <summary>The service in the path, in the namespace that the query says; null with a fault.</summary>
    public static ServiceKey? KeyInPath(RequestParameters parameters) =>
        ServiceKey.Of(parameters.Read(StandardParameters.Namespace), parameters.Read(TrafficOperations.ServiceInPath));

    /// <summary>A service by its names; null with a fault.</summary>
    public static ServiceKey? Key(string? service, string? @namespace, Faults faults) =>
        ServiceKey.Of(
            Labels.Read(@namespace, "namespace", ServiceKey.DefaultNamespace, faults), Labels.Read(service, "service", null, faults));
}
