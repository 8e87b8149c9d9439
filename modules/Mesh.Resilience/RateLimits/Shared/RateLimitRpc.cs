using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Contracts.Resilience;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Resilience.State;
using Mesh.Xds.Protos.RateLimits;
using Mesh.Xds.Resources;
using StackExchange.Redis;
using Code = Mesh.Xds.Protos.RateLimits.RateLimitResponse.Types.Code;

namespace Mesh.Resilience.RateLimits.Shared;

/// <summary>
/// The gRPC service <c>envoy.service.ratelimit.v3.RateLimitService</c> of a control plane (Flow step 9): data planes ask it for tokens of
/// services with a global rate limit, several at a time (<c>hits_addend</c>). What the limit is, is this side's to say: the policy in the
/// replica.
/// </summary>
public sealed class RateLimitRpc(IStateSource states, IConnectionMultiplexer? redis = null) : RateLimitService.RateLimitServiceBase
{
    private readonly SharedBuckets? _buckets = redis is null ? null : new(redis);

    /// <inheritdoc/>
    public override async Task<RateLimitResponse> ShouldRateLimit(RateLimitRequest request, ServerCallContext context)
    {
        if (request.Domain != SharedRateLimits.Domain)
            throw Invalid("domain", $"'{request.Domain}' is unknown; there is '{SharedRateLimits.Domain}'.");
        if (request.Descriptors is not [{ Entries: [{ Key: SharedRateLimits.ServiceEntry } entry] }])
            throw Invalid("descriptors", $"Send one descriptor with one entry, '{SharedRateLimits.ServiceEntry}'.");
        var state = states.Current;
        var service = ServiceKey.FromMeshName(entry.Value);

        // Taken back in the meantime: there is nothing to limit.
        if (state.TryFacts<ResilienceState>()?.Find(service)?.Get<RateLimitPolicy>() is not { Scope: RateLimitScope.Global } policy)
            return Answer(Code.Ok, new());
        if (_buckets is null) throw Away("this control plane has no Redis (ConnectionStrings__redis)");
        try
        {
            var grant = await _buckets.TakeAsync(state.Position.Log, service, policy, Math.Max(1, request.HitsAddend),
                context.CancellationToken).ConfigureAwait(false);
            return Answer(grant.Granted ? Code.Ok : Code.OverLimit, new()
            {
                CurrentLimit = new() { RequestsPerUnit = (uint)policy.Requests, Unit = UnitOf(policy) },
                LimitRemaining = (uint)Math.Min(grant.Remaining, uint.MaxValue),
                DurationUntilReset = Duration.FromTimeSpan(grant.Wait),
            });
        }
        catch (Exception away) when (away is RedisException or TimeoutException)
        {
            throw Away(away.Message);
        }
    }

    private static RateLimitResponse Answer(Code code, RateLimitResponse.Types.DescriptorStatus status)
    {
        status.Code = code;
        return new RateLimitResponse { OverallCode = code, Statuses = { status } };
    }

    private static RateLimitResponse.Types.RateLimit.Types.Unit UnitOf(RateLimitPolicy policy) => policy.Unit switch
    {
        RateLimitUnit.Second => RateLimitResponse.Types.RateLimit.Types.Unit.Second,
        RateLimitUnit.Minute => RateLimitResponse.Types.RateLimit.Types.Unit.Minute,
        _ => RateLimitResponse.Types.RateLimit.Types.Unit.Hour,
    };

    private static RpcException Invalid(string field, string message) => new(new Status(StatusCode.InvalidArgument, $"{field}: {message}"));

    private static RpcException Away(string why) => new(new Status(StatusCode.Unavailable, $"Global rate limits cannot be counted: {why}"));
}
