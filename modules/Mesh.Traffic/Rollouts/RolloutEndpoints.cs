using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Api;
using Mesh.Traffic.Routes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Traffic.Rollouts;

/// <summary>Rollouts over REST (Flow step 1).</summary>
internal sealed class RolloutEndpoints(ICommandBus bus, StateReads reads)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOperation(RolloutOperations.Start, StartAsync);
        endpoints.MapOperation(RolloutOperations.List, ListAsync);
        endpoints.MapOperation(RolloutOperations.Get, GetAsync);
        endpoints.MapOperation(RolloutOperations.Advance, AdvanceAsync);
        endpoints.MapOperation(RolloutOperations.Abort, AbortAsync);
        endpoints.MapOperation(RolloutOperations.Report, ReportAsync);
    }

    private async Task StartAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        RequestParameters.Of(context, faults).End();
        var rollout = RolloutReader.Read(body.Root, faults);
        var request = rollout is null || faults.Any ? null
            : new ValidRequest<TrafficAnswer>(new(rollout.Namespace, rollout.Service), precondition =>
                new StartRollout(rollout) { Precondition = precondition });
        await bus.SendAsync(context, body, faults, request).ConfigureAwait(false);
    }

    private async Task AdvanceAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        var key = Key(context, faults);
        var fields = JsonFields.Of(body.Root, "", faults);
        var percent = fields?.Number("percent");
        fields?.End();
        if (percent is < 1 or > 100)
            faults.Add("percent", "out-of-range",
                $"{percent} is not a valid percentage of clients; use 1 to 100, or leave it out for all.");
        var request = ValidRequest.Of<TrafficAnswer>(key, faults, (service, precondition) =>
            new MoveRollout(service, RolloutMove.Advance) { Percent = percent, Precondition = precondition });
        await bus.SendAsync(context, body, faults, request).ConfigureAwait(false);
    }

    private Task AbortAsync(HttpContext context)
    {
        var faults = new Faults();
        var key = Key(context, faults);
        return bus.SendAsync(context, null, faults, ValidRequest.Of<TrafficAnswer>(
            key, faults, (service, precondition) => new MoveRollout(service, RolloutMove.Abort) { Precondition = precondition }));
    }

    private async Task ReportAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        var key = Key(context, faults);
        var fields = JsonFields.Of(body.Root, "", faults);
        var (id, verdict, percent, node, reason) = (fields?.Text("id"), fields?.Text("verdict"), fields?.Number("percent"),
            fields?.Text("node"), fields?.Text("reason"));
        fields?.End();
        await bus.SendAsync(context, body, faults,
            RolloutVerdicts.Read(key, id, verdict, percent, node, reason, faults)).ConfigureAwait(false);
    }

    private Task ListAsync(HttpContext context) =>
        reads.AnswerListAsync(context, (state, @namespace) => Task.FromResult(RolloutAnswers.ToList(state, @namespace)),
            TrafficJson.Readable.RolloutListAnswer);

    private Task GetAsync(HttpContext context) => reads.AnswerOneAsync(
        context, (state, key) => Task.FromResult(RolloutAnswers.Find(state, key)), rollout => rollout.Revision,
        key => Refusal.Of(RefusalKind.NotFound, "service", "no-rollout", $"Nothing has been rolled out to clients of {key}."),
        TrafficJson.Readable.RolloutAnswer);

    private static ServiceKey? Key(HttpContext context, Faults faults)
    {
        var parameters = RequestParameters.Of(context, faults);
        var key = TrafficRequests.KeyInPath(parameters);
        parameters.End();
        return key;
    }
}
