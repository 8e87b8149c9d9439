using System.Text.Json;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Log;
using Mesh.Kernel.Xds;
using StackExchange.Redis;

namespace Mesh.Messaging.Redis;

/// <summary>
/// The applied table in Redis, as control planes write it and workers read it: each control plane owns one hash, which expires when it is
/// no longer renewed, and a sorted set names them. So it holds the clients of all of them, also while one of them starts again. Flow step
/// 8.
/// </summary>
/// <param name="redis">Where it is.</param>
/// <param name="log">Which log the clients' sequences are of: another one has another table.</param>
/// <param name="time">For the patience of readers.</param>
public sealed class RedisAppliedTable(IConnectionMultiplexer redis, Func<LogIdentity?> log, TimeProvider time) : IAppliedClients
{
    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(2);

    /// <summary>The sorted set that names the control planes, by when they last wrote.</summary>
    public string Directory => $"mesh:{log()}:proxies";

    /// <summary>The hash of a control plane.</summary>
    public string Of(string controlPlane) => $"{Directory}:{controlPlane}";

    /// <summary>The clients of all control planes.</summary>
    /// <param name="except">But not of this one.</param>
    /// <exception cref="RedisException">Redis is unavailable.</exception>
    /// <exception cref="JsonException">A row cannot be read.</exception>
    public async Task<IReadOnlyList<ProxyAnswer>> ReadAsync(string? except = null)
    {
        var database = redis.GetDatabase();
        var names = await database.SortedSetRangeByRankAsync(Directory).ConfigureAwait(false);
        var hashes = names.Select(name => name.ToString()).Where(name => name != except).Select(name => database.HashValuesAsync(Of(name)));
        return [
            .. (await Task.WhenAll(hashes).ConfigureAwait(false)).SelectMany(rows => rows)
                .Select(row => JsonSerializer.Deserialize((byte[])row!, RestJson.Default.ProxyAnswer)!)];
    }

    /// <inheritdoc/>
    public async Task<(IReadOnlyList<ProxyAnswer> Clients, string? Blind)> SeeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await ReadAsync().WaitAsync(ReadPatience, time, cancellationToken).ConfigureAwait(false), null);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or JsonException)
        {
            return ([], "the table of what clients have applied cannot be read: Redis is unavailable");
        }
    }
}
