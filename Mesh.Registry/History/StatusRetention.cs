using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Microsoft.Extensions.Options;

namespace Mesh.Registry.History;

/// <summary>
/// Drops the payloads of old status entries, never more than what their module says a later entry restates
/// (<see cref="IModuleFold.Restates"/>): the state that the log folds to stays the same, and so do all headers and hashes. What is older
/// than the retention is known from marks (time and head) that every sweep leaves in the database.
/// </summary>
internal sealed class StatusRetention(
    ILogStore store, StateFolder folder, IStateSource states, TimeProvider time, IOptions<StatusRetentionOptions> options,
    ILogger<StatusRetention> logger)
    : BackgroundService
{
    private const string MarksKey = "registry/status-retention";
    private readonly Dictionary<string, long> _scanned = new(StringComparer.Ordinal);

    /// <summary>One sweep; gives the number of payloads dropped.</summary>
    /// <exception cref="LogStoreException">The database is unavailable.</exception>
    internal async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var state = states.Current;
        var marks = await store.GetValueAsync(MarksKey, cancellationToken) is { } text
            ? JsonSerializer.Deserialize(text, RetentionJson.Default.ListRetentionMark) ?? []
            : [];
        var now = time.GetUtcNow();
        marks.Add(new RetentionMark(now, state.Sequence));
        var old = marks.FindLastIndex(mark => mark.Time <= now - options.Value.Keep);
        if (old > 0) marks.RemoveRange(0, old);
        await store.SetValueAsync(MarksKey, JsonSerializer.Serialize(marks, RetentionJson.Default.ListRetentionMark), cancellationToken);
        if (old < 0) return 0;

        var dropped = 0;
        foreach (var (stream, last) in state.Streams)
        {
            if (!StatusStreams.Is(stream) || last.Sequence <= _scanned.GetValueOrDefault(stream) || Module(stream) is not { } module)
                continue;
            var full = await FindRestatementAsync(state, module, stream, marks[0].Sequence, cancellationToken);
            if (full > 0) dropped += await store.DropStatusPayloadsAsync(stream, full, cancellationToken);
        }

        if (dropped > 0) logger.PayloadsDropped(dropped, options.Value.Keep);
        return dropped;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (LogStoreException away)
            {
                logger.RetentionPutOff(away.Message);
            }
        }
    }

    // Where the stream's module stands in the fold and in the state; null for one that is not loaded.
    private int? Module(string stream) =>
        folder.Folds.Select(fold => fold.Module).ToList()
            .FindIndex(module => stream.StartsWith(module + "/", StringComparison.Ordinal)) is >= 0 and var index ? index : null;

    // The newest restatement up to the cutoff among the entries that no earlier sweep has looked at; 0 for none.
    private async Task<long> FindRestatementAsync(MeshState state, int module, string stream, long cutoff,
        CancellationToken cancellationToken)
    {
        var found = 0L;
        await foreach (var entry in store.SearchAsync(new LogQuery(_scanned.GetValueOrDefault(stream), int.MaxValue, stream),
            cancellationToken))
        {
            if (entry.Sequence > cutoff) break;
            _scanned[stream] = entry.Sequence;
            if (!entry.DataDropped && Restates(state, module, entry)) found = entry.Sequence;
        }

        return found;
    }

    // A payload that cannot be read restates nothing; the fold has passed it over, and says so.
    private bool Restates(MeshState state, int module, LogEntry entry)
    {
        try
        {
            return folder.Folds[module].Restates(state.Module(module), entry);
        }
        catch (JsonException wrong)
        {
            logger.PayloadUnreadable(entry.Sequence, entry.Type, entry.Stream, wrong.Message);
            return false;
        }
    }
}

internal sealed record RetentionMark(DateTimeOffset Time, long Sequence);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(List<RetentionMark>))]
internal sealed partial class RetentionJson : JsonSerializerContext;
