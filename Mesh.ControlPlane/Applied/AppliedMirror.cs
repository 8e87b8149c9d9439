using System.Globalization;
using System.Text.Json;
using Mesh.Contracts.Rest;
using Mesh.ControlPlane.Settings;
using Mesh.ControlPlane.Snapshots;
using Mesh.Kernel.Xds;
using Mesh.Messaging.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Mesh.ControlPlane.Applied;

/// <summary>
/// Mirrors the applied table into Redis once a second and reads the other control planes' rows from there. Each control plane owns one hash,
/// which expires when it no longer renews it; a sorted set names them. Without Redis each answers for its own clients.
/// </summary>
internal sealed class AppliedMirror(
    AppliedTable table, SnapshotHub hub, TimeProvider time, IOptions<ControlPlaneOptions> options, ILogger<AppliedMirror> logger,
    IConnectionMultiplexer? redis = null) : BackgroundService, IAppliedClients
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadPatience = TimeSpan.FromMilliseconds(500);
    private string? _prefix;

    // What readers find says nothing about what could not be written, so each has its own.
    private bool _rewrite;
    private volatile bool _away;

    private string Own => $"{Prefix()}:{options.Value.Name}";

    /// <summary>All clients of all control planes, by node; only the local ones while Redis is unavailable.</summary>
    public async Task<ProxyListAnswer> ListAsync(CancellationToken cancellationToken) => new() { Items = (await SeeAsync(cancellationToken)).Clients };

    /// <summary>The same, and why these may not be all (null: they are).</summary>
    public async Task<(IReadOnlyList<ProxyAnswer> Clients, string? Blind)> SeeAsync(CancellationToken cancellationToken)
    {
        string? blind = null;
        var clients = table.Local().ToList();
        if (redis is not null)
        {
            try
            {
                clients.AddRange(await Others().WaitAsync(ReadPatience, time, cancellationToken));
                Back();
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException or JsonException)
            {
                Away(exception);
                blind = "the table of what clients have applied cannot be read: Redis is unavailable";
            }
        }

        return ([.. clients.OrderBy(c => c.Node, StringComparer.Ordinal).ThenBy(c => c.ConnectedAt)], blind);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (redis is null) return;
        table.IsMirrored = true;
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await Write();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (redis is not { IsConnected: true } || _prefix is null) return;
        try
        {
            await redis.GetDatabase().KeyDeleteAsync(Own);
            await redis.GetDatabase().SortedSetRemoveAsync(Prefix(), options.Value.Name);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            logger.RowsNotWritten(exception.Message);
        }
    }

    private async Task Write()
    {
        // Taken even if it cannot be written: after a failure everything is written again.
        var drained = table.Drain();
        if (hub.Current.Position is null) return;
        try
        {
            var database = redis!.GetDatabase();
            // Another log has another prefix.
            var prefix = Prefix();
            var whole = _rewrite || _prefix != prefix || !await database.KeyExistsAsync(Own);
            _prefix = prefix;
            if (whole) await database.KeyDeleteAsync(Own);
            var rows = whole ? [.. table.Clients.Select(c => (c.Stream, View: (ProxyAnswer?)c.View()))] : drained;
            var entries = rows.Where(r => r.View is not null)
                .Select(r => new HashEntry(Field(r.Stream), JsonSerializer.SerializeToUtf8Bytes(r.View!, RestJson.Default.ProxyAnswer))).ToArray();
            if (entries.Length > 0) await database.HashSetAsync(Own, entries);
            var gone = rows.Where(r => r.View is null).Select(r => (RedisValue)Field(r.Stream)).ToArray();
            if (gone.Length > 0) await database.HashDeleteAsync(Own, gone);
            await database.KeyExpireAsync(Own, options.Value.AppliedTtl);
            var now = await RedisSeconds(database);
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

    private async Task<List<ProxyAnswer>> Others()
    {
        var database = redis!.GetDatabase();
        var names = await database.SortedSetRangeByScoreAsync(Prefix(), Oldest(await RedisSeconds(database)));
        var others = names.Select(n => n.ToString()).Where(n => n != options.Value.Name).Select(n => database.HashValuesAsync($"{Prefix()}:{n}"));
        return [.. (await Task.WhenAll(others)).SelectMany(v => v)
            .Select(v => JsonSerializer.Deserialize((byte[])v!, RestJson.Default.ProxyAnswer)!)];
    }

    /// <summary>Since when a control plane must have written to count, on the clock of Redis: their own may be further apart than that.</summary>
    private double Oldest(double now) => now - options.Value.AppliedTtl.TotalSeconds;

    private static async Task<double> RedisSeconds(IDatabase database) => await RedisClock.NowAsync(database) / 1000.0;

    private string Prefix() => $"mesh:{hub.Current.Position?.Log}:proxies";

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
