using System.Text.Json;
using Mesh.Api.Rest;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;

namespace Mesh.Registry.History;

/// <summary><c>GET /api/v1/events</c>: the log for people and auditors.</summary>
internal sealed class EventEndpoints(ILogStore store, IStateSource states, ICommittedFeed feed, TimeProvider time,
    IHostApplicationLifetime lifetime)
{
    private const int DefaultLimit = 100;

    public async Task ListAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var after = parameters.Read(RegistryOperations.After) ?? 0;
        var before = parameters.Read(RegistryOperations.Before);
        var stream = parameters.Read(RegistryOperations.Stream);
        var type = parameters.Read(RegistryOperations.Type);
        var limit = (int)(parameters.Read(RegistryOperations.Limit) ?? DefaultLimit);
        var order = parameters.Read(RegistryOperations.Order);
        if (order is not (null or "asc" or "desc")) faults.Add("order", "unknown-value", $"'{order}' is not an order; use asc or desc.");
        var wait = parameters.Read(RegistryOperations.Wait) ?? TimeSpan.Zero;
        if (wait > TimeSpan.Zero && order == "desc")
            faults.Add("wait", "contradiction", "Newest first has nothing to wait for; use order=asc.");
        if (wait > TimeSpan.Zero && before is not null)
            faults.Add("wait", "contradiction", "Entries before a sequence never appear later; leave out 'before' or 'wait'.");
        parameters.End();
        if ((faults.ToRefusal() ?? StateReads.Starting(states.Current)) is { } refused)
        {
            await context.WriteProblemAsync(refused);
            return;
        }

        try
        {
            var answer = await FindAsync(new LogQuery(after, limit, stream, type, order == "desc", before ?? long.MaxValue), wait,
                context.RequestAborted);
            StateReads.Stamp(context.Response, answer.Head);
            await context.WriteLargeJsonAsync(answer, RestJson.Readable.EventListAnswer);
        }
        catch (LogStoreException away)
        {
            await context.WriteProblemAsync(Refusal.Of(RefusalKind.Unavailable, "", "log-unavailable", away.Message));
        }
    }

    private async Task<EventListAnswer> FindAsync(LogQuery query, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken, lifetime.ApplicationStopping);
        while (true)
        {
            // Before the search: what is appended meanwhile is left for the next page.
            var position = states.Current.Position;
            var items = new List<EventAnswer>();
            await foreach (var entry in store.SearchAsync(query, cancellationToken)) items.Add(ToAnswer(entry));
            if (items.Count == 0 && wait > TimeSpan.Zero && !either.IsCancellationRequested
                && await NewsAsync(Math.Max(position.Sequence, query.AfterSequence), either.Token, cancellationToken))
            {
                // What was there has been searched: the next look is at what is new only.
                query = query with { AfterSequence = Math.Max(query.AfterSequence, position.Sequence) };
                continue;
            }

            return new EventListAnswer
            {
                LogId = position.Log.LogId.ToString("N"),
                Epoch = position.Log.Epoch,
                Head = position.Sequence,
                Next = items.Count == query.Limit && !query.Descending ? items[^1].Sequence
                    : query.BeforeSequence != long.MaxValue && !query.Descending ? Math.Max(query.AfterSequence, query.BeforeSequence - 1)
                    : Math.Max(position.Sequence, Math.Max(query.AfterSequence, items.Count == 0 ? 0 : items.Max(item => item.Sequence))),
                Items = items,
            };
        }
    }

    private async Task<bool> NewsAsync(long sequence, CancellationToken either, CancellationToken cancellationToken)
    {
        try
        {
            await feed.WaitAsync(sequence, either);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static EventAnswer ToAnswer(LogEntry entry)
    {
        var (data, fault) = entry.DataDropped ? (null, null) : DataOf(entry);
        return new EventAnswer
        {
            Data = data,
            DataFault = fault,
            Sequence = entry.Sequence,
            Stream = entry.Stream,
            StreamVersion = entry.StreamVersion,
            EventId = entry.EventId.ToString(),
            Type = entry.Type,
            Time = entry.Time,
            Actor = entry.Actor,
            CommandId = entry.CommandId.ToString(),
            Index = entry.Index,
            Count = entry.Count,
            CausationId = entry.CausationId?.ToString(),
            Depth = entry.Depth,
            TraceParent = entry.TraceParent,
            Hash = entry.Hash.ToString(),
        };
    }

    // One entry that cannot be read must not hide those around it: it is answered with all else that is known of it.
    private static (JsonElement? Data, string? Fault) DataOf(LogEntry entry)
    {
        try
        {
            return (JsonElement.Parse(entry.Data.Span), null);
        }
        catch (JsonException wrong)
        {
            return (null, $"The payload is not JSON: {wrong.Message}");
        }
    }
}
