using Mesh.Contracts.Rest;
using Mesh.Discovery.Read;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Discovery.Api;

/// <summary>Lists and shows services over REST.</summary>
internal sealed class ReadEndpoints(StateReads reads, LongPoll polls)
{
    public async Task List(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var filter = ServiceFilter.Read(query, faults);
        var demand = PollDemand.Of(query, faults);
        query.End();
        if (faults.ToRefusal() is { } invalid)
        {
            await context.WriteProblemAsync(invalid).ConfigureAwait(false);
            return;
        }

        var (state, refusal) = await polls.ReadAsync(filter, demand, context.RequestAborted).ConfigureAwait(false);
        if (state is null)
        {
            await context.WriteProblemAsync(refusal!).ConfigureAwait(false);
            return;
        }

        StateReads.Stamp(context.Response, state.Sequence);
        await context.WriteLargeJsonAsync(ServiceAnswers.ToList(state.Facts<DiscoveryState>(), state.Sequence, filter), RestJson.Readable.ServiceListAnswer).ConfigureAwait(false);
    }

    public async Task Get(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var name = Labels.Read((string?)context.GetRouteValue("name"), "name", null, faults);
        var @namespace = Labels.Read(query.Text("namespace"), "namespace", ServiceKey.DefaultNamespace, faults);
        var demand = ReadDemand.Of(query, faults);
        query.End();
        var refusal = faults.ToRefusal();
        if (refusal is null)
        {
            (var state, refusal) = await reads.ReadAsync(demand, context.RequestAborted).ConfigureAwait(false);
            if (state is not null)
            {
                StateReads.Stamp(context.Response, state.Sequence);
                var key = new ServiceKey(@namespace!, name!);
                if (state.Facts<DiscoveryState>().Find(key) is { Exists: true } service)
                {
                    context.Response.Headers.ETag = Preconditions.ETag(service.Version);
                    await context.WriteLargeJsonAsync(ServiceAnswers.ToAnswer(service, service.Instances), RestJson.Readable.ServiceAnswer).ConfigureAwait(false);
                    return;
                }

                refusal = Refusal.Of(RefusalKind.NotFound, "name", "unknown-service", $"There is no service {key}.");
            }
        }

        await context.WriteProblemAsync(refusal!).ConfigureAwait(false);
    }
}
