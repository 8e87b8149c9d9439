using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Calls;

/// <summary>How an attempt ended that did not succeed.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Reason">Why, in words that a client may read.</param>
public readonly record struct AttemptFailure(FailureKind Kind, string Reason)
{
    /// <summary>Why, in the platform's words, which may quote what an endpoint has sent: for the log alone.</summary>
    public string? Log { get; init; }

    /// <summary>Whether the connection had been used before, so that its end may have had nothing to do with the request.</summary>
    public bool WasReused { get; init; }

    /// <summary>Whether the answer cannot be read as HTTP.</summary>
    public bool IsUnreadable { get; init; }

    /// <summary>
    /// Whether it happened while the client was still sending its body, so that it says nothing of the endpoint
    /// (<c>docs/adr/0044-slow-clients-are-nobodys-health.md</c>). An endpoint that ended the connection may have answered before (413, then
    /// a close), which HTTP/1.1's client cannot read then; and how long anybody had to wait for the body is the client's doing.
    /// </summary>
    public bool WasUploading { get; init; }

    /// <summary>Whether the time was over while the client had yet to send more of its body.</summary>
    public bool IsSlowUpload => WasUploading && Kind is FailureKind.TimedOut or FailureKind.AttemptTimedOut;

    /// <summary>Whether the same endpoint may be asked once more where there is no other.</summary>
    public bool MayReturn => WasReused || Kind == FailureKind.NotProcessed;

    /// <summary>Whether it is the client's, or this data plane's own: nothing that an endpoint has done or not done.</summary>
    public bool IsClients =>
        Kind is FailureKind.ClientGone or FailureKind.BadRequest or FailureKind.Malformed or FailureKind.NotOffered
            or FailureKind.HeadTooLarge or FailureKind.NoCertificate;

    /// <summary>Whether the endpoint may have seen something of the request.</summary>
    public bool WasSeen =>
        Kind is not (FailureKind.NotConnected or FailureKind.Malformed or FailureKind.NotOffered or FailureKind.NoCertificate);

    /// <summary>What this is to a retry policy, or null if it is nothing that another attempt could mend.</summary>
    public NoAnswer? NoAnswer => Kind switch
    {
        FailureKind.NotConnected => Routing.NoAnswer.NotConnected,
        FailureKind.NotProcessed => Routing.NoAnswer.Refused,
        FailureKind.BrokenOff or FailureKind.InvalidResponse => Routing.NoAnswer.BrokenOff,
        FailureKind.AttemptTimedOut => Routing.NoAnswer.TooLate,
        _ => null,
    };
}
