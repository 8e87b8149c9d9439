using Mesh.Api.Rest;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Traffic.Read;
using Mesh.Traffic.State;
using Microsoft.AspNetCore.Http;

namespace Mesh.Traffic.Api;

/// <summary>Traffic policies over REST (Flow step 1).</summary>
internal sealed class PolicyEndpoints(ICommandBus bus, StateReads reads)
{
    public async Task PutAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var key = TrafficRequests.KeyInPath(parameters);
        parameters.End();
        var request = RouteCommands.SetPolicy(key, JsonFields.Of(body.Root, "", faults), faults);
        await bus.SendAsync(context, body, faults, request).ConfigureAwait(false);
    }

    public Task DeleteAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var key = TrafficRequests.KeyInPath(parameters);
        parameters.End();
        return bus.SendAsync(context, null, faults, RouteCommands.RemovePolicy(key, faults));
    }

    public Task GetAsync(HttpContext context) => reads.AnswerOneAsync(
        context,
        (state, key) => Task.FromResult(state.Facts<TrafficState>().Find(key)?.Policy is { } policy ? PolicyAnswers.Of(policy) : null),
        policy => policy.Revision,
        key => Refusal.Of(RefusalKind.NotFound, "service", "unknown-policy", $"{key} has no traffic policy."),
        TrafficJson.Readable.TrafficPolicyAnswer);

    public Task ListAsync(HttpContext context) => reads.AnswerListAsync(
        context, (state, @namespace) => Task.FromResult(PolicyAnswers.ToList(state, @namespace)),
        TrafficJson.Readable.TrafficPolicyListAnswer);
}
