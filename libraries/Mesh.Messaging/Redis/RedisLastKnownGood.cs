using System.Globalization;
using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Mesh.Messaging.Redis;

/// <summary>
/// The last-known-good copy in Redis: <c>cdaprod-mesh:last-known-good:&lt;fold fingerprint&gt;:at</c> holds log, epoch and sequence,
/// <c>…:state</c> the bytes. Both are replaced in one transaction that fails if another replica was quicker. Nothing here may hold the
/// replica up: without Redis it goes on without a copy.
/// </summary>
internal sealed class RedisLastKnownGood(IServiceProvider services, StateFolder folder, ILogger<RedisLastKnownGood> logger) : ILastKnownGood
{
    private readonly IConnectionMultiplexer? _redis = services.GetService<IConnectionMultiplexer>();
    private readonly RedisKey _at = $"cdaprod-mesh:last-known-good:{folder.Fingerprint}:at";
    private readonly RedisKey _bytes = $"cdaprod-mesh:last-known-good:{folder.Fingerprint}:state";
    private bool _away;

    public ValueTask<MeshState?> LoadAsync(CancellationToken cancellationToken) => TryAsync<MeshState?>(async redis =>
    {
        if (await redis.StringGetAsync(_bytes).WaitAsync(cancellationToken).ConfigureAwait(false) is not { HasValue: true } bytes)
            return null;
        try
        {
            return StateSnapshot.Load(folder, (byte[])bytes!);
        }
        catch (InvalidDataException exception)
        {
            ReplicaLog.BadSnapshot(logger, exception.Message);
            return null;
        }
    });

    public async ValueTask<bool> SaveAsync(MeshState state, CancellationToken cancellationToken)
    {
        if (state.Skipped > 0) return false;
        return await TryAsync(async redis =>
        {
            var known = await redis.StringGetAsync(_at).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (Parse(known) is { } kept && kept.Log.LogId == state.Position.Log.LogId && !IsFurther(state.Position, kept)) return false;
            var change = redis.CreateTransaction();
            change.AddCondition(known.HasValue ? Condition.StringEqual(_at, known) : Condition.KeyNotExists(_at));
            _ = change.StringSetAsync(_at, Format(state.Position));
            _ = change.StringSetAsync(_bytes, StateSnapshot.Save(folder, state).Data);
            return await change.ExecuteAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    public async ValueTask ForgetBeyondAsync(LogPosition end, CancellationToken cancellationToken) => await TryAsync(async redis =>
    {
        var known = await redis.StringGetAsync(_at).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (Parse(known) is not { } kept || kept.Log != end.Log || kept.Sequence <= end.Sequence) return false;
        var change = redis.CreateTransaction();
        change.AddCondition(Condition.StringEqual(_at, known));
        _ = change.KeyDeleteAsync([_at, _bytes]);
        return await change.ExecuteAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
    }).ConfigureAwait(false);

    private static bool IsFurther(LogPosition position, (LogIdentity Log, long Sequence) kept) =>
        (position.Log.Epoch, position.Sequence).CompareTo((kept.Log.Epoch, kept.Sequence)) > 0;

    private static string Format(LogPosition position) =>
        string.Create(CultureInfo.InvariantCulture, $"{position.Log.LogId:N}/{position.Log.Epoch}/{position.Sequence}");

    private static (LogIdentity Log, long Sequence)? Parse(RedisValue value) =>
        value.ToString().Split('/') is [var id, var epoch, var sequence] && Guid.TryParse(id, out var log)
            && long.TryParse(epoch, CultureInfo.InvariantCulture, out var life)
            && long.TryParse(sequence, CultureInfo.InvariantCulture, out var at)
            ? (new LogIdentity(log, life), at)
            : null;

    private async ValueTask<T?> TryAsync<T>(Func<IDatabase, Task<T>> action)
    {
        if (_redis is null) return default;
        try
        {
            var answer = await action(_redis.GetDatabase()).ConfigureAwait(false);
            _away = false;
            return answer;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            if (!_away) ReplicaLog.RedisAway(logger, exception.Message);
            _away = true;
            return default;
        }
    }
}
