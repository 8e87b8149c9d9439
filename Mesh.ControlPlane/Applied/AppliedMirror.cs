using System.Globalization;
using System.Text.Json;
using Mesh.Contracts.Rest;
using Mesh.ControlPlane.Settings;
using Mesh.ControlPlane.Snapshots;
using Mesh.Messaging.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Mesh.ControlPlane.Applied;

/// <summary>
/// Mirrors the applied table into Redis once a second and reads the other control planes' rows from there. Each control plane owns one
/// hash, which expires when it no longer renews it; a sorted set names them. Without Redis each answers for its own clients.
/// </summary>
internal sealed class AppliedMirror(
    AppliedTable table, SnapshotHub hub, TimeProvider time, IOptions<ControlPlaneOptions> options, ILogger<AppliedMirror> logger,
    IConnectionMultiplexer? redis = null) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadPatience = TimeSpan.FromMilliseconds(500);
    private readonly RedisAppliedTable? _shared = redis is null
        ? null
        : new RedisAppliedTable(redis, () => hub.Current.Position?.Log, time);
    private readonly Dictionary<long, string> _receipts = [];
    private string? _prefix;

    // What readers find says nothing about what could not be written, so each has its own.
    private bool _rewrite;
    private volatile bool _away;

    private string Own => _shared!.Of(options.Value.Name);

    /// <summary>All clients of all control planes, by node; only the local ones while Redis is unavailable.</summary>
    public async Task<ProxyListAnswer> ListAsync(CancellationToken cancellationToken)
    {
        var clients = table.Local().ToList();
        if (_shared is not null)
        {
            try
            {
                clients.AddRange(await _shared.ReadAsync(except: options.Value.Name).WaitAsync(ReadPatience, time, cancellationToken));
                Back();
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException or JsonException)
            {
                Away(exception);
            }
        }

        return new() { Items = [.. clients.OrderBy(c => c.Node, StringComparer.Ordinal).ThenBy(c => c.ConnectedAt)] };
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (redis is null) return;
        table.IsMirrored = true;
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await WriteAsync();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (redis is not { IsConnected: true } || _prefix is null) return;
        try
        {
            await redis.GetDatabase().KeyDeleteAsync(Own);
            await redis.GetDatabase().SortedSetRemoveAsync(_shared!.Directory, options.Value.Name);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            logger.RowsNotWritten(exception.Message);
        }
    }

    private async Task WriteAsync()
    {
        // Taken even if it cannot be written: after a failure everything is written again.
        var drained = table.Drain();
        if (hub.Current.Position is null) return;
        try
        {
            var database = redis!.GetDatabase();
            // Another log has another prefix. Read once, since it may come in between: what is written is what is to expire.
            var (own, prefix) = (Own, _shared!.Directory);
            var whole = _rewrite || _prefix != prefix || !await database.KeyExistsAsync(own);
            _prefix = prefix;
            if (whole) _receipts.Clear();
            var rows = whole
                ? [.. table.Clients.Select(c => (c.Stream, View: (ProxyAnswer?)c.View()))]
                : drained.Concat(NewReceipts(drained)).ToList();
            var entries = rows.Where(r => r.View is not null)
                .Select(
                    r => new HashEntry(Field(r.Stream),
                        JsonSerializer.SerializeToUtf8Bytes(r.View!, RestJson.Default.ProxyAnswer))).ToArray();
            if (whole) await ReplaceAsync(database, own, entries);
            else if (entries.Length > 0) await database.HashSetAsync(own, entries);
            var gone = rows.Where(r => r.View is null).Select(r => (RedisValue)Field(r.Stream)).ToArray();
            if (gone.Length > 0) await database.HashDeleteAsync(own, gone);
            foreach (var (stream, view) in rows) Remember(stream, view);
            await database.KeyExpireAsync(own, options.Value.AppliedTtl);
            var now = await RedisSecondsAsync(database);
            await database.SortedSetAddAsync(prefix, options.Value.Name, now);
            await database.SortedSetRemoveRangeByScoreAsync(prefix, 0, Oldest(now), Exclude.Stop);
            if (_rewrite) logger.RowsWritten();
            _rewrite = false;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            if (!_rewrite) logger.RowsNotWritten(exception.Message);
            _rewrite = true;
        }
    }

    // At once: whoever judges by the table must not find it empty.
    private static async Task ReplaceAsync(IDatabase database, string own, HashEntry[] entries)
    {
        var change = database.CreateTransaction();
        _ = change.KeyDeleteAsync(own);
        if (entries.Length > 0) _ = change.HashSetAsync(own, entries);
        await change.ExecuteAsync();
    }

    // What a client has of a rollout follows from what is served too: a change may come to concern one that has it already and is sent
    // nothing.
    private IEnumerable<(long Stream, ProxyAnswer? View)> NewReceipts(IReadOnlyList<(long Stream, ProxyAnswer? View)> drained)
    {
        if (table.Receipts is not { } receipts) yield break;
        var known = drained.Select(row => row.Stream).ToHashSet();
        foreach (var client in table.Clients.Where(client => !known.Contains(client.Stream) && receipts.Concern(client.Node)))
        {
            var view = client.View();
            if (Text(view) != _receipts.GetValueOrDefault(client.Stream, "")) yield return (client.Stream, view);
        }
    }

    private void Remember(long stream, ProxyAnswer? view)
    {
        if (view?.Rollouts is null) _receipts.Remove(stream);
        else _receipts[stream] = Text(view);
    }

    private static string Text(ProxyAnswer view) =>
        view.Rollouts is null ? "" : string.Join(' ', view.Rollouts.Select(receipt => $"{receipt.Key}={receipt.Value}"));

    /// <summary>
    /// Since when a control plane must have written to count, on the clock of Redis: their own may be further apart than that.
    /// </summary>
    private double Oldest(double now) => now - options.Value.AppliedTtl.TotalSeconds;

    private static async Task<double> RedisSecondsAsync(IDatabase database) => await RedisClock.NowAsync(database) / 1000.0;

    private static string Field(long stream) => stream.ToString(CultureInfo.InvariantCulture);

    private void Away(Exception exception)
    {
        if (_away) return;
        _away = true;
        logger.RedisAway(exception.Message);
    }

    private void Back()
    {
        if (!_away) return;
        _away = false;
        logger.RedisBack();
    }
}
