using Mesh.Api.Rest;
using Mesh.Contracts.Rest;
using Mesh.Discovery.Read;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Discovery.Api;

/// <summary>Lists and shows services over REST.</summary>
internal sealed class ReadEndpoints(StateReads reads, LongPoll polls)
{
    public Task List(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var filter = ServiceFilter.Read(query, faults);
        var demand = PollDemand.Of(query, faults);
        query.End();
        return polls.AnswerAsync(
            context, faults, filter, demand, state => ServiceAnswers.ToList(state.Facts<DiscoveryState>(), state.Sequence, filter),
            RestJson.Readable.ServiceListAnswer);
    }

    public Task Get(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var name = Labels.Read((string?)context.GetRouteValue("name"), "name", null, faults);
        var @namespace = Labels.Read(query.Text("namespace"), "namespace", ServiceKey.DefaultNamespace, faults);
        var demand = ReadDemand.Of(query, faults);
        query.End();
        return reads.AnswerAsync(context, faults, demand, async state =>
        {
            var key = ServiceKey.Of(@namespace, name).GetValueOrDefault();
            if (state.Facts<DiscoveryState>().Find(key) is not { Exists: true } service)
                return Refusal.Of(RefusalKind.NotFound, "name", "unknown-service", $"There is no service {key}.");
            context.Response.Headers.ETag = Preconditions.ETag(service.Version);
            await context.WriteLargeJsonAsync(ServiceAnswers.ToAnswer(service, service.Instances),
                RestJson.Readable.ServiceAnswer).ConfigureAwait(false);
            return null;
        });
    }
}
