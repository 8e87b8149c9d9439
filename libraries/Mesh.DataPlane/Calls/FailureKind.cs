namespace Mesh.DataPlane.Calls;

/// <summary>What kind of failure ended an attempt.</summary>
public enum FailureKind
{
    /// <summary>No connection was made: the endpoint has seen nothing of the request.</summary>
    NotConnected,

    /// <summary>The endpoint said that it has not looked at the request (RFC 9113 §8.7), whatever the request was.</summary>
    NotProcessed,

    /// <summary>The connection broke before an answer came: the endpoint may have acted on the request.</summary>
    BrokenOff,

    /// <summary>The answer cannot be passed on.</summary>
    InvalidResponse,

    /// <summary>The answer broke off after it had begun.</summary>
    ResponseBroken,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>No answer in the time of one attempt.</summary>
    AttemptTimedOut,

    /// <summary>Nothing was sent: the endpoint takes no headers of that size, as it has said (SETTINGS_MAX_HEADER_LIST_SIZE).</summary>
    HeadTooLarge,

    /// <summary>The client's request itself is at fault.</summary>
    BadRequest,

    /// <summary>Its head cannot be sent: nobody has seen anything of it.</summary>
    Malformed,

    /// <summary>It asks for what the endpoint has not offered: nobody has seen anything of it.</summary>
    NotOffered,

    /// <summary>The endpoint takes mutual TLS alone, and this data plane has no certificate: nobody has seen anything of it.</summary>
    NoCertificate,

    /// <summary>The client is gone: nobody waits for an answer.</summary>
    ClientGone,
}
