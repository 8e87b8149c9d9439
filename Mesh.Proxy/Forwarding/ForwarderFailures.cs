using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Transport;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>Reads the forwarder's verdict of an attempt. Flow step 9.</summary>
internal static class ForwarderFailures
{
    /// <summary>What an attempt's failure looks like.</summary>
    /// <param name="context">The request.</param>
    /// <param name="error">The forwarder's verdict.</param>
    /// <param name="outgoing">The request as it was to be sent.</param>
    /// <param name="isUploading">Whether the client has yet to send some of its body.</param>
    public static AttemptFailure Of(HttpContext context, ForwarderError error, HttpRequestMessage? outgoing, bool isUploading)
    {
        var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        var failure = UpstreamFailures.OfUnsent(exception) ?? Of(error, exception, FailureText.Of(error, exception), outgoing);
        return failure with
        {
            Log = FailureText.ForLog(error, exception),
            WasUploading = error == ForwarderError.RequestBodyDestination
                ? UpstreamFailures.IsReset(exception)
                : error == ForwarderError.Request && (isUploading || UpstreamFailures.EndedWhileSending(outgoing))
                    && UpstreamFailures.IsCutOff(exception),
        };
    }

    private static AttemptFailure Of(
        ForwarderError error, Exception? exception, string reason, HttpRequestMessage? outgoing) => error switch
    {
        _ when exception?.GetBaseException() is NotOfferedException declined => new(FailureKind.NotOffered, declined.Message),
        ForwarderError.RequestTimedOut when exception is not OperationCanceledException { InnerException: TimeoutException } =>
            new(FailureKind.TimedOut, "no answer within the idle timeout"),
        ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.RequestBodyDestination =>
            UpstreamFailures.Of(exception, outgoing, reason),
        ForwarderError.RequestBodyClient => new(FailureKind.BadRequest, reason),
        // Also one that has taken nothing for the idle timeout: the forwarder knows whom it was waiting for.
        ForwarderError.ResponseBodyClient or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient =>
            new(FailureKind.ClientGone, reason),
        // Neither the client nor the route's time was first, so it is the idle timeout.
        ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled or ForwarderError.UpgradeRequestCanceled
            or ForwarderError.UpgradeResponseCanceled or ForwarderError.UpgradeActivityTimeout =>
            new(FailureKind.TimedOut, "nothing was sent within the idle timeout"),
        ForwarderError.ResponseHeaders => new(FailureKind.InvalidResponse, reason),
        _ => new(FailureKind.ResponseBroken, reason),
    };
}
