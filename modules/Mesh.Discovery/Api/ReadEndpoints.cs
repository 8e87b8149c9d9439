using Mesh.Contracts.Rest;
using Mesh.Discovery.Read;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Http;
using Mesh.Kernel.State;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Mesh.Discovery.Api;

/// <summary>Lists and shows services over REST.</summary>
internal sealed class ReadEndpoints(StateReads reads, LongPoll polls, WatchGate gate, IHostApplicationLifetime lifetime)
{
    public async Task List(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var filter = ServiceFilter.Read(query, faults);
        var demand = ReadDemand.Of(query, faults);
        var after = query.Number("afterSequence", 0);
        var wait = query.Duration("wait", LongPoll.LongestWait);
        if (wait is not null && after is null) faults.Add("wait", "needs-after-sequence", "'wait' needs 'afterSequence', the sequence of the list that you have.");
        query.End();
        if (faults.ToRefusal() is { } invalid)
        {
            await context.WriteProblemAsync(invalid).ConfigureAwait(false);
            return;
        }

        var (state, refusal) = await reads.ReadAsync(demand, context.RequestAborted).ConfigureAwait(false);
        if (state is not null && after is { } known && wait != TimeSpan.Zero && !polls.HasNews(filter, known, state))
        {
            using var place = gate.TryEnter(filter.Namespace);
            if (place is null) (state, refusal) = (null, WatchGate.Full(filter.Namespace));
            else state = await WaitAsync(filter, known, wait ?? LongPoll.DefaultWait, context.RequestAborted).ConfigureAwait(false);
        }

        if (state is null)
        {
            await context.WriteProblemAsync(refusal!).ConfigureAwait(false);
            return;
        }

        StateReads.Stamp(context.Response, state.Sequence);
        await context.WriteLargeJsonAsync(ServiceAnswers.ToList(state.Facts<DiscoveryState>(), state.Sequence, filter), RestJson.Readable.ServiceListAnswer).ConfigureAwait(false);
    }

    // A Registry that stops answers what it has, as when time is up: the client asks again, elsewhere or later.
    private async ValueTask<MeshState> WaitAsync(ServiceFilter filter, long after, TimeSpan wait, CancellationToken aborted)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        try
        {
            return await polls.WaitAsync(filter, after, wait, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            return reads.Current;
        }
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
