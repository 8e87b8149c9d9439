using System.Globalization;
using StackExchange.Redis;

namespace Mesh.Messaging.Redis;

/// <summary>One look at Redis: its clock, its life, and the last tick of each Registry.</summary>
/// <param name="Now">Redis <c>TIME</c>, milliseconds since 1970.</param>
/// <param name="RunId">Made again each time Redis starts.</param>
/// <param name="Ticks">One for each Registry that has not left in good order.</param>
internal sealed record RedisPulse(long Now, string RunId, IReadOnlyList<RegistryTick> Ticks)
{
    private static readonly TimeSpan BackwardTolerance = TimeSpan.FromSeconds(1);

    /// <summary>Asks for all three in one round trip; the ticks first, so that one written meanwhile is never in the future.</summary>
    public static async Task<RedisPulse> ReadAsync(IDatabase redis, RedisKey ticksKey)
    {
        var ticks = redis.HashGetAllAsync(ticksKey);
        var time = redis.ExecuteAsync("TIME");
        var info = redis.ExecuteAsync("INFO", "SERVER");
        await Task.WhenAll(ticks, time, info).ConfigureAwait(false);
        var now = RedisClock.Milliseconds(await time.ConfigureAwait(false));
        return new(now, RunIdOf((string?)await info.ConfigureAwait(false)),
            [.. (await ticks.ConfigureAwait(false)).Select(RegistryTick.Read)]);
    }

    /// <summary>The value that this look leaves as a Registry's tick.</summary>
    public string AsTick() => string.Create(CultureInfo.InvariantCulture, $"{Now}|{RunId}");

    /// <summary>Why heartbeats that any Registry has taken may be lost; null if none can be.</summary>
    public string? Fault(TimeSpan tolerance)
    {
        if (Ticks.Count == 0) return "no Registry has ticked on this log and epoch yet";
        foreach (var tick in Ticks)
        {
            if (FaultOf(tick, tolerance) is { } fault) return fault;
        }

        return null;
    }

    /// <summary>Why heartbeats that this Registry has taken may be lost. Says no age: what stays so is said in the same words.</summary>
    public string? FaultOf(RegistryTick tick, TimeSpan tolerance)
    {
        if (tick.RunId != RunId) return "Redis has been restarted";
        var age = AgeOf(tick);
        if (age > tolerance) return $"the last tick of Registry {tick.Registry} is more than {tolerance.TotalSeconds:0.#} s old";
        return age < -BackwardTolerance ? "the clock of Redis went back" : null;
    }

    /// <summary>How old a tick is; negative where the clock went back.</summary>
    public TimeSpan AgeOf(RegistryTick tick) => TimeSpan.FromMilliseconds(Now - tick.At);

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

/// <summary>One Registry's last tick.</summary>
/// <param name="Registry">Its process.</param>
/// <param name="At">On the clock of Redis, milliseconds since 1970.</param>
/// <param name="RunId">Life of Redis that it was written in.</param>
internal readonly record struct RegistryTick(string Registry, long At, string RunId)
{
    /// <summary>Reads a field; what is not a tick counts as one of another life.</summary>
    public static RegistryTick Read(HashEntry field) =>
        ((string?)field.Value)?.Split('|') is [var at, var runId]
            && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? new((string)field.Name!, milliseconds, runId)
            : new((string)field.Name!, 0, "");
}
