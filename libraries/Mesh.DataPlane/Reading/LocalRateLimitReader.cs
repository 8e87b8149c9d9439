using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using LocalRateLimitFilter = Mesh.Xds.Protos.LocalRateLimit;

namespace Mesh.DataPlane.Reading;

/// <summary>
/// Reads how many requests a virtual host, a route or a whole route configuration lets through. What the last version of the same resource
/// said of a bucket, word for word, goes on with that bucket and what is in it.
/// </summary>
/// <param name="last">The buckets of the last version, by where they are said.</param>
internal sealed class LocalRateLimitReader(IReadOnlyDictionary<string, TokenBucket>? last)
{
    private readonly Dictionary<string, TokenBucket> _buckets = new(StringComparer.Ordinal);

    /// <summary>All buckets there are now, by where they are said.</summary>
    public IReadOnlyDictionary<string, TokenBucket> Buckets => _buckets;

    /// <summary>The limit that one level says, or null.</summary>
    /// <param name="filters">What it says of filters.</param>
    /// <param name="place">Names the level, the same in each version; routes of one name share a bucket.</param>
    /// <param name="field">The field, for faults.</param>
    /// <param name="faults">Collects what is wrong.</param>
    public LocalRateLimit? Read(MapField<string, Any> filters, string place, string field, ResourceFaults faults)
    {
        foreach (var (name, any) in filters)
        {
            var at = $"{field}.typed_per_filter_config['{name}']";
            if (any.Is(LocalRateLimitFilter.Descriptor) && faults.Unpack<LocalRateLimitFilter>(any, at) is { } limit)
                return Read(limit, place, at, faults);
        }

        return null;
    }

    private LocalRateLimit? Read(LocalRateLimitFilter limit, string place, string field, ResourceFaults faults)
    {
        if (Config(limit, field, faults) is not { } config)
            return null;
        return new LocalRateLimit(Bucket(place, config))
        {
            Enabled = FaultPolicyReader.Share(limit.FilterEnabled?.DefaultValue),
            Enforced = FaultPolicyReader.Share(limit.FilterEnforced?.DefaultValue),
            AsResourceExhausted = limit.RateLimitedAsResourceExhausted,
            ResponseHeaders = HeaderMutationsReader.Read(limit.ResponseHeadersToAdd, [], field, "response", faults),
        };
    }

    private static TokenBucketConfig? Config(LocalRateLimitFilter limit, string field, ResourceFaults faults)
    {
        if (limit.TokenBucket is not { } said)
        {
            faults.Add($"{field}.token_bucket", "is missing");
            return null;
        }

        var interval = faults.Duration(said.FillInterval, $"{field}.token_bucket.fill_interval") ?? TimeSpan.Zero;
        if (interval <= TimeSpan.Zero)
            faults.Add($"{field}.token_bucket.fill_interval", "is missing or 0");
        if (said.MaxTokens == 0)
            faults.Add($"{field}.token_bucket.max_tokens", "is 0: no request would ever pass");
        return new TokenBucketConfig((int)Math.Min(Math.Max(said.MaxTokens, 1), int.MaxValue),
            (int)Math.Clamp(said.TokensPerFill ?? 1, 1, int.MaxValue), interval);
    }

    private TokenBucket Bucket(string place, TokenBucketConfig config)
    {
        if (_buckets.TryGetValue(place, out var shared) && shared.Config == config)
            return shared;
        return _buckets[place] = last?.GetValueOrDefault(place) is { } kept && kept.Config == config ? kept : new TokenBucket(config);
    }
}
