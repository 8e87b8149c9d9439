using Mesh.DataPlane.Transport;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>Why an attempt failed, by what the forwarder says of it. Flow step 9.</summary>
internal static class FailureText
{
    /// <summary>The words for a client.</summary>
    public static string Of(ForwarderError error, Exception? exception) => FailureWords.Of(exception) ?? error switch
    {
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled =>
            "the request was cancelled",
        ForwarderError.RequestTimedOut => "no answer in time",
        ForwarderError.RequestBodyClient => "the request's body broke off",
        ForwarderError.RequestBodyDestination => "it stopped taking the request's body",
        ForwarderError.ResponseHeaders => "its answer has a header that no client can be sent",
        ForwarderError.ResponseBodyDestination => "its answer's body broke off",
        ForwarderError.ResponseBodyClient => "the client stopped taking the answer",
        ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination => "the upgraded connection to it broke",
        _ => "the request to it failed",
    };

    /// <summary>The words for the log.</summary>
    public static string ForLog(ForwarderError error, Exception? exception) =>
        exception is null ? error.ToString() : FailureWords.ForLog(exception);
}
