using System.Globalization;
using StackExchange.Redis;

namespace Mesh.Kernel.Leases;

/// <summary>One look at Redis: its clock, its life, and the last tick that a Registry left there.</summary>
/// <param name="Now">Redis <c>TIME</c>, milliseconds since 1970.</param>
/// <param name="RunId">Made anew each time Redis starts.</param>
/// <param name="Tick">Time of the last tick, null if there is none.</param>
/// <param name="TickRunId">Life of Redis that it was written in.</param>
internal readonly record struct RedisPulse(long Now, string RunId, long? Tick, string? TickRunId)
{
    private static readonly TimeSpan BackwardTolerance = TimeSpan.FromSeconds(1);

    /// <summary>Asks for all three in one round trip; the tick first, so that one written meanwhile is never in the future.</summary>
    public static async Task<RedisPulse> ReadAsync(IDatabase redis, RedisKey tickKey)
    {
        var tick = redis.StringGetAsync(tickKey);
        var time = redis.ExecuteAsync("TIME");
        var info = redis.ExecuteAsync("INFO", "SERVER");
        await Task.WhenAll(tick, time, info).ConfigureAwait(false);
        var clock = (RedisResult[])(await time.ConfigureAwait(false))!;
        var now = (long)clock[0] * 1000 + (long)clock[1] / 1000;
        var parts = ((string?)await tick.ConfigureAwait(false))?.Split('|');
        return parts is [var at, var runId] && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? new(now, RunIdOf((string?)await info.ConfigureAwait(false)), milliseconds, runId)
            : new(now, RunIdOf((string?)await info.ConfigureAwait(false)), null, null);
    }

    /// <summary>The value that this look leaves as tick.</summary>
    public string AsTick() => string.Create(CultureInfo.InvariantCulture, $"{Now}|{RunId}");

    /// <summary>Why heartbeats may have been lost since the last tick; null if none can be.</summary>
    public string? Fault(TimeSpan tolerance)
    {
        if (Tick is not { } tick) return "no Registry has ticked on this log and epoch yet";
        if (TickRunId != RunId) return "Redis has been started anew";
        var age = TimeSpan.FromMilliseconds(Now - tick);
        if (age > tolerance) return $"the last tick of a Registry is {age.TotalSeconds:0.0} s old";
        return age < -BackwardTolerance ? $"the clock of Redis went back by {-age.TotalSeconds:0.0} s" : null;
    }

    private static string RunIdOf(string? info)
    {
        const string field = "run_id:";
        foreach (var line in info.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(field, StringComparison.Ordinal)) return line[field.Length..].Trim().ToString();
        }

        return "";
    }
}
