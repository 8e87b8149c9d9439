using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.Xds.Protos;

namespace Mesh.Xds.Resources;

/// <summary>
/// Envoy's local rate limit: a filter that does nothing by itself in the listener, and on a virtual host the bucket that all its routes
/// share. What is too much is answered with 429 and <c>Retry-After</c>.
/// </summary>
public static class LocalRateLimits
{
    /// <summary>Name of the filter, and key of the configuration on a virtual host.</summary>
    public const string FilterName = "envoy.filters.http.local_ratelimit";

    /// <summary>Puts the filter before all others of the listener; false where it does not speak HTTP.</summary>
    public static bool AddTo(Listener listener)
    {
        if (listener.ApiListener is { } api)
        {
            if (WithFilter(api.ApiListener_, listener.Name) is not { } changed) return false;
            api.ApiListener_ = changed;
            return true;
        }

        var any = false;
        foreach (var filter in listener.FilterChains.SelectMany(chain => chain.Filters))
        {
            if (WithFilter(filter.TypedConfig, listener.Name) is not { } changed) continue;
            filter.TypedConfig = changed;
            any = true;
        }

        return any;
    }

    /// <summary>Limits a virtual host.</summary>
    /// <param name="host">Changed in place.</param>
    /// <param name="service">For statistics.</param>
    /// <param name="burst">Tokens that the bucket holds.</param>
    /// <param name="tokens">Tokens that are added at a time.</param>
    /// <param name="interval">Between two fillings, at least 50 ms.</param>
    public static void Limit(VirtualHost host, string service, uint burst, uint tokens, TimeSpan interval)
    {
        var always = new RuntimeFractionalPercent { DefaultValue = new FractionalPercent { Numerator = 100 } };
        var limit = new LocalRateLimit
        {
            StatPrefix = service,
            TokenBucket = new TokenBucket { MaxTokens = burst, TokensPerFill = tokens, FillInterval = Duration.FromTimeSpan(interval) },
            FilterEnabled = always,
            FilterEnforced = always,
            // Else a gRPC client would be told UNAVAILABLE, which it may take as a reason to try again at once.
            RateLimitedAsResourceExhausted = true,
        };
        limit.ResponseHeadersToAdd.Add(new HeaderValueOption
        {
            Header = new HeaderValue
            {
                Key = "retry-after",
                Value = Math.Ceiling(interval.TotalSeconds).ToString(CultureInfo.InvariantCulture),
            },
            AppendAction = HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd,
        });
        host.TypedPerFilterConfig[FilterName] = CanonicalProtobuf.Pack(limit);
    }

    private static Any? WithFilter(Any? config, string service)
    {
        if (config is null || !config.TryUnpack<HttpConnectionManager>(out var manager)) return null;
        manager.HttpFilters.Insert(0,
            new HttpFilter { Name = FilterName, TypedConfig = CanonicalProtobuf.Pack(new LocalRateLimit { StatPrefix = service }) });
        return CanonicalProtobuf.Pack(manager);
    }
}
