using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Xds.Protos.RateLimits;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Logging;
using Code = Mesh.Xds.Protos.RateLimits.RateLimitResponse.Types.Code;

namespace Mesh.DataPlane.Resilience;

/// <summary>
/// Asks the control plane, by <c>envoy.service.ratelimit.v3.RateLimitService</c> on the connection that the configuration comes over, with
/// little patience. Flow step 9.
/// </summary>
/// <param name="controlPlane">The connection, or null while there is none.</param>
/// <param name="patience">How long an answer may take.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told once each time that nobody answers, and when somebody does again.</param>
public sealed class SharedLimitClient(Func<CallInvoker?> controlPlane, TimeSpan patience, TimeProvider time,
    ILogger<SharedLimitClient> logger) : ISharedLimits
{
    private int _away;

    /// <inheritdoc/>
    public async Task<SharedAnswer?> AskAsync(string service, uint tokens)
    {
        if (controlPlane() is not { } invoker)
            return Away("no control plane is connected");
        using var limit = new CancellationTokenSource(patience, time);
        try
        {
            var request = new RateLimitRequest
            {
                Domain = SharedRateLimits.Domain,
                Descriptors = {
                    new RateLimitDescriptor
                    {
                        Entries = { new RateLimitDescriptor.Types.Entry { Key = SharedRateLimits.ServiceEntry, Value = service } },
                    } },
                HitsAddend = tokens,
            };
            var response = await new RateLimitService.RateLimitServiceClient(invoker)
                .ShouldRateLimitAsync(request, cancellationToken: limit.Token).ConfigureAwait(false);
            if (response.OverallCode == Code.Unknown)
                return Away("the control plane does not know");
            if (Interlocked.Exchange(ref _away, 0) == 1)
                logger.LimitsCounted();
            var status = response.Statuses.FirstOrDefault();
            return new SharedAnswer(response.OverallCode == Code.Ok, status?.LimitRemaining ?? 0, Wait(status?.DurationUntilReset));
        }
        catch (RpcException e)
        {
            return Away(limit.IsCancellationRequested
                ? $"no answer within {patience.TotalMilliseconds:0} ms"
                : e.Status.DebugException?.GetBaseException().Message ?? e.Status.Detail);
        }
        catch (ObjectDisposedException)
        {
            return Away("the connection has just been closed");
        }
    }

    // Whatever comes: what is not a valid duration says nothing, and an hour is as good as any more.
    private static TimeSpan Wait(Duration? said) => said is { Seconds: >= 0 and var seconds, Nanos: >= 0 and <= 999_999_999 and var nanos }
        ? TimeSpan.FromSeconds(Math.Min(seconds, 3_600)) + TimeSpan.FromMicroseconds(nanos / 1000.0)
        : TimeSpan.Zero;

    private SharedAnswer? Away(string why)
    {
        if (Interlocked.Exchange(ref _away, 1) == 0)
            logger.LimitsNotCounted(why);
        return null;
    }
}
