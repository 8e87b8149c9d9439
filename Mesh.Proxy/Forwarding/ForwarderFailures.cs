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
    /// <param name="upload">Its body, or null where it has none.</param>
    public static AttemptFailure Of(HttpContext context, ForwarderError error, HttpRequestMessage? outgoing, UploadWatch? upload)
    {
        var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        var failure = UpstreamFailures.OfUnsent(exception)
            ?? Of(context, error, exception, FailureText.Of(error, exception), outgoing, upload);
        return failure with
        {
            Log = FailureText.ForLog(error, exception),
            WasUploading = error switch
            {
                ForwarderError.RequestBodyClient => failure.Kind == FailureKind.BrokenOff,
                ForwarderError.RequestBodyDestination => UpstreamFailures.IsCutOff(exception),
                ForwarderError.Request => UpstreamFailures.IsCutOff(exception)
                    && (upload is { IsUploading: true } || UpstreamFailures.EndedWhileSending(outgoing)),
                _ => false,
            },
        };
    }

    private static AttemptFailure Of(HttpContext context, ForwarderError error, Exception? exception, string reason,
        HttpRequestMessage? outgoing, UploadWatch? upload) => error switch
    {
        _ when exception?.GetBaseException() is NotOfferedException declined => new(FailureKind.NotOffered, declined.Message),
        ForwarderError.RequestTimedOut when exception is not OperationCanceledException { InnerException: TimeoutException } =>
            new(FailureKind.TimedOut, "no answer within the idle timeout"),
        ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.RequestBodyDestination =>
            UpstreamFailures.Of(exception, outgoing, reason),
        _ when upload is { IsClientGone: true } => new(FailureKind.ClientGone, reason),
        ForwarderError.RequestBodyClient when !IsStopped(exception) => new(FailureKind.BadRequest, reason),
        // Nothing is wrong with the body, and yet it was not read to its end. That was the idle timeout, by the status that the forwarder
        // has set; or the platform's client has stopped since the endpoint ended the stream, and how it did so is lost.
        ForwarderError.RequestBodyClient when context.Response.StatusCode == StatusCodes.Status408RequestTimeout => NothingSent,
        ForwarderError.RequestBodyClient => new(FailureKind.BrokenOff, "it ended the request before the whole body was sent"),
        // Also one that has taken nothing for the idle timeout: the forwarder knows whom it was waiting for.
        ForwarderError.ResponseBodyClient or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient =>
            new(FailureKind.ClientGone, reason),
        // Neither the client nor the route's time was first, so it is the idle timeout.
        ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled or ForwarderError.UpgradeRequestCanceled
            or ForwarderError.UpgradeResponseCanceled or ForwarderError.UpgradeActivityTimeout => NothingSent,
        ForwarderError.ResponseHeaders => new(FailureKind.InvalidResponse, reason),
        _ => new(FailureKind.ResponseBroken, reason),
    };

    private static AttemptFailure NothingSent => new(FailureKind.TimedOut, "nothing was sent within the idle timeout");

    private static bool IsStopped(Exception? exception) =>
        ((exception as AggregateException)?.InnerExceptions[0] ?? exception) is OperationCanceledException;
}
