using Mesh.Api.Rest;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;

namespace Mesh.Registry.History;

/// <summary><c>GET /api/v1/log/verify</c>: reads the whole log and checks that every entry follows from the one before.</summary>
internal sealed class VerifyEndpoint(ILogStore store)
{
    private readonly SemaphoreSlim _gate = new(1, 1);

    public async Task GetAsync(HttpContext context)
    {
        if (!await _gate.WaitAsync(0, context.RequestAborted))
        {
            await context.WriteProblemAsync(
                Refusal.Of(RefusalKind.LimitReached, "", "limit-reached", "The log is being verified already. Try again in a moment."));
            return;
        }

        try
        {
            var answer = await VerifyAsync(context.RequestAborted);
            await context.WriteLargeJsonAsync(answer, RestJson.Readable.LogVerifyAnswer);
        }
        catch (LogStoreException away)
        {
            await context.WriteProblemAsync(Refusal.Of(RefusalKind.Unavailable, "", "log-unavailable", away.Message));
        }
        finally
        {
            _gate.Release();
        }
    }

    internal async Task<LogVerifyAnswer> VerifyAsync(CancellationToken cancellationToken)
    {
        var previous = EntryHash.Zero;
        long checkedCount = 0, dropped = 0;
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var entry in store.ReadAsync(0, int.MaxValue, cancellationToken))
        {
            var version = versions.GetValueOrDefault(entry.Stream) + 1;
            var reason = entry.Sequence != checkedCount + 1 ? $"sequence {checkedCount + 1} is missing"
                : entry.StreamVersion != version ? $"version {version} of stream {entry.Stream} is missing"
                : !entry.DataDropped && EntryHash.OfData(entry.Data.Span) != entry.DataHash ? "the payload is not the one that was written"
                : EntryHash.Link(previous, entry) != entry.Hash ? "the hash does not follow from the entry before"
                : null;
            if (reason is not null)
                return new LogVerifyAnswer
                {
                    Intact = false,
                    Checked = checkedCount,
                    PayloadsDropped = dropped,
                    Hash = previous.ToString(),
                    BrokenAt = entry.Sequence,
                    Reason = reason,
                };
            versions[entry.Stream] = version;
            previous = entry.Hash;
            checkedCount++;
            if (entry.DataDropped) dropped++;
        }

        return new LogVerifyAnswer { Intact = true, Checked = checkedCount, PayloadsDropped = dropped, Hash = previous.ToString() };
    }
}
