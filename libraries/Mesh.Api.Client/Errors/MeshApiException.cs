namespace Mesh.Api.Client.Errors;

/// <summary>A call that has not succeeded. The message is for people and names the address.</summary>
/// <param name="requestUri">What was asked.</param>
/// <param name="message">For people.</param>
/// <param name="cause">What it follows from, if anything.</param>
public abstract class MeshApiException(Uri requestUri, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What was asked.</summary>
    public Uri RequestUri { get; } = requestUri;

    /// <summary>Whether the same call may succeed later: nobody answered, or the answer was "not now".</summary>
    public abstract bool IsTransient { get; }
}

/// <summary>Nobody answered.</summary>
public sealed class MeshUnreachableException : MeshApiException
{
    internal MeshUnreachableException(Uri requestUri, UnreachableReason reason, string message, Exception? cause = null) : base(requestUri,
        message, cause) => Reason = reason;

    /// <summary>Why not.</summary>
    public UnreachableReason Reason { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>Why nobody answered.</summary>
public enum UnreachableReason
{
    /// <summary>No connection was made: nothing has been done.</summary>
    NotConnected,

    /// <summary>The connection broke before the answer was there: a write may have been done.</summary>
    Broken,

    /// <summary>There was no answer in time: a write may have been done.</summary>
    TimedOut,
}

/// <summary>
/// An answer of success that is not of the shape that this version of the client knows: another program, or another version of the
/// mesh.
/// </summary>
public sealed class MeshAnswerException : MeshApiException
{
    internal MeshAnswerException(Uri requestUri, string message, Exception cause) : base(requestUri, message, cause)
    {
    }

    /// <inheritdoc/>
    public override bool IsTransient => false;
}
