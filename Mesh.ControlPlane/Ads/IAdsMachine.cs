using Mesh.ControlPlane.Snapshots;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>The protocol side of one ADS stream.</summary>
public interface IAdsMachine<in TRequest, out TResponse>
{
    /// <summary>When <see cref="Next"/> may have something though nothing came in; null when never.</summary>
    DateTimeOffset? Wake { get; }

    /// <summary>Begins with a client and the snapshot of that moment.</summary>
    void Open(StreamScope scope, XdsSnapshot snapshot);

    /// <summary>Takes a request in; the text of what is wrong with it ends the stream, null goes on.</summary>
    string? Receive(TRequest request);

    /// <summary>Takes a newer snapshot in; an older one changes nothing.</summary>
    void Publish(XdsSnapshot snapshot);

    /// <summary>The newest question that names are held for, to be released when it is answered; null while there is none.</summary>
    long? Question { get; }

    /// <summary>
    /// The published snapshot is level with the log as it was when a question came: names that were held for it or for an earlier one are
    /// answered by what is there.
    /// </summary>
    void Release(long question);

    /// <summary>The next response that may go now, or null. It counts as sent.</summary>
    TResponse? Next();

    /// <summary>
    /// The sequence of the newest snapshot if the client was sent all of it that concerns it and has answered; null while something is in
    /// progress.
    /// </summary>
    long? Settled { get; }

    /// <summary>A copy of what the client was last sent, in push order.</summary>
    IReadOnlyList<XdsResource> Holdings();
}
