using Mesh.Xds.Resources;

namespace Mesh.DataPlane.Resilience;

/// <summary>What becomes of a request under a limit that all data planes share.</summary>
public enum SharedVerdict
{
    /// <summary>It has its token.</summary>
    Passes,

    /// <summary>There is none.</summary>
    Refused,

    /// <summary>Nobody could say in time: it passes.</summary>
    Unchecked,
}

/// <summary>What those who count for all data planes say to one that wants tokens.</summary>
/// <param name="Granted">Whether it got all of them; else it got none.</param>
/// <param name="Remaining">How many there are left.</param>
/// <param name="Wait">Where there is none: how long until there is.</param>
public readonly record struct SharedAnswer(bool Granted, uint Remaining, TimeSpan Wait);

/// <summary>Those who count for all data planes.</summary>
public interface ISharedLimits
{
    /// <summary>Asks for tokens of a service; null if nobody answers in time.</summary>
    Task<SharedAnswer?> AskAsync(string service, uint tokens);
}

/// <summary>
/// This data plane's share of the tokens that one service's callers have together. Tokens are fetched for those who wait and, where
/// requests come often, for the next tenth of a second beside, but never more than a twentieth of the burst or of a unit's requests: by so
/// much, for each data plane, requests may be more in a time than the limit says, and by so much fewer, since what is not used within a
/// second is thrown away. One asks at a time; without tokens nobody asks again before there can be some. Flow step 9.
/// </summary>
/// <param name="service">The service, <c>name</c> or <c>name.namespace</c>.</param>
/// <param name="limit">The limit.</param>
public sealed class SharedTokens(string service, SharedRateLimits limit)
{
    private const int Rounds = 16;
    private const double Ahead = 0.1;
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(10);
    private readonly Lock _lock = new();
    private readonly uint _mostAhead = (uint)Math.Min(limit.Burst, limit.Requests) / 20;
    private Task? _asking;
    private uint _tokens;
    private uint _ahead;
    private uint _waiting;
    private long _taken;
    private long _validUntil = long.MinValue;
    private long _askAgain = long.MinValue;
    private long _nextToken;
    private long _openUntil = long.MinValue;
    private long _lastAsked = long.MinValue;

    /// <summary>The limit.</summary>
    public SharedRateLimits Limit { get; } = limit;

    /// <summary>Wants a token.</summary>
    /// <param name="limits">Who is asked for more.</param>
    /// <param name="time">The clock, always the same.</param>
    /// <param name="cancellationToken">The request's end.</param>
    /// <returns>The verdict, and where it is refused how long until there will be a token.</returns>
    public async ValueTask<(SharedVerdict Verdict, TimeSpan Wait)> TakeAsync(ISharedLimits limits, TimeProvider time,
        CancellationToken cancellationToken)
    {
        for (var round = 0; round < Rounds; round++)
        {
            Task asking;
            lock (_lock)
            {
                var now = time.GetTimestamp();
                if (TryTake(limits, time, now))
                    return (SharedVerdict.Passes, TimeSpan.Zero);
                if (now < _openUntil)
                    return (SharedVerdict.Unchecked, TimeSpan.Zero);
                if (now < _askAgain)
                    return (SharedVerdict.Refused, time.GetElapsedTime(now, Math.Max(_nextToken, now)));
                _waiting++;
                asking = _asking ??= AskAsync(limits, time, now);
            }

            try
            {
                await asking.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                lock (_lock)
                    _waiting--;
            }
        }

        // There are tokens, but others have been quicker each time: it is as good as none.
        return (SharedVerdict.Refused, Soon);
    }

    private bool TryTake(ISharedLimits limits, TimeProvider time, long now)
    {
        if (_tokens == 0 || now >= _validUntil)
            return false;
        _tokens--;
        _taken++;
        // So early that nobody has to wait for the answer.
        if (_tokens < _ahead / 2 && now >= _askAgain && now >= _openUntil)
            _asking ??= AskAsync(limits, time, now);
        return true;
    }

    private Task AskAsync(ISharedLimits limits, TimeProvider time, long now)
    {
        var since = _lastAsked == long.MinValue ? TimeSpan.MaxValue : time.GetElapsedTime(_lastAsked, now);
        _ahead = (uint)Math.Min(_mostAhead, (_taken + _waiting) / Math.Max(since.TotalSeconds, 0.001) * Ahead);
        (_taken, _lastAsked) = (0, now);
        var tokens = Math.Max(1, _waiting + _ahead);
        return Task.Run(() => AskAsync(limits, time, tokens), CancellationToken.None);
    }

    private async Task AskAsync(ISharedLimits limits, TimeProvider time, uint tokens)
    {
        SharedAnswer? answer = null;
        try
        {
            answer = await limits.AskAsync(service, tokens).ConfigureAwait(false);
            if (answer is { Granted: false, Remaining: > 0 and var fewer } && fewer < tokens)
                answer = await limits.AskAsync(service, tokens = fewer).ConfigureAwait(false);
        }
        finally
        {
            // The answer and the leave to ask again come in one step, or two would ask at a time.
            lock (_lock)
                Take(answer, tokens, time);
        }
    }

    private void Take(SharedAnswer? answer, uint tokens, TimeProvider time)
    {
        _asking = null;
        var now = time.GetTimestamp();
        switch (answer)
        {
            case null:
                _openUntil = now + Ticks(time, Life);
                break;
            case { Granted: true }:
                _tokens = now < _validUntil ? _tokens + tokens : tokens;
                _validUntil = now + Ticks(time, Life);
                break;
            case { Wait: var wait }:
                wait = wait > Soon ? wait : Soon;
                _nextToken = now + Ticks(time, wait);
                _askAgain = now + Ticks(time, wait < Life ? wait : Life);
                break;
        }
    }

    private static long Ticks(TimeProvider time, TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
