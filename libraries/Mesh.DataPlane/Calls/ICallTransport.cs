using Mesh.DataPlane.Balancing;

namespace Mesh.DataPlane.Calls;

/// <summary>
/// Sends one request, and hands its answer on: what <see cref="CallEngine"/> asks of it beside <see cref="ICallTransport{TSent}"/>.
/// </summary>
public interface ICallTransport
{
    /// <summary>Whether the client has the beginning of an answer, so that no other one can take its place.</summary>
    bool HasBegunAnswer { get; }

    /// <summary>Whether the request needs a connection to this endpoint for itself, as over HTTP/1.1.</summary>
    bool NeedsOwnConnection(EndpointSnapshot endpoint);

    /// <summary>Takes back what an attempt has left in the answer, before something else is tried.</summary>
    void DiscardAnswer();

    /// <summary>Prepares a copy of the request as it is now for another endpoint; null where it cannot be sent.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cluster">The cluster that gets it.</param>
    /// <param name="endpoint">The endpoint that gets it.</param>
    ValueTask<ICallCopy?> CopyAsync(CallState call, ClusterSnapshot cluster, EndpointSnapshot endpoint);
}

/// <summary>
/// Sends one request's attempts. What it says of each decides what is next: <see cref="CallEngine"/> has the loop, and asks nothing of how
/// requests come and go.
/// </summary>
/// <typeparam name="TSent">
/// How an attempt ends in the transport's own words. They are read by a second call so that whoever has them from somewhere else needs no
/// asynchronous method in between: with 32 requests at once that was 500 bytes for each.
/// </typeparam>
public interface ICallTransport<TSent> : ICallTransport
{
    /// <summary>
    /// Sends the request to <see cref="CallState.Endpoint"/> once. When an answer's head is there it is shown to
    /// <see cref="CallState.Judge"/>: it goes to the client where that says <see cref="NextStep.Deliver"/>, and is thrown away otherwise.
    /// Ends when the answer is whole.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">
    /// The end of the call's time, or of the attempt's. The client's own end is <see cref="ICallRequest.Aborted"/>.
    /// </param>
    ValueTask<TSent> SendAsync(CallState call, CancellationToken cancellationToken);

    /// <summary>Says what a sent attempt has come to.</summary>
    /// <param name="call">The call.</param>
    /// <param name="sent">What <see cref="SendAsync"/> has ended with.</param>
    AttemptResult Read(CallState call, TSent sent);
}

/// <summary>A copy of a request that is ready to be sent. Disposed of when it is over.</summary>
public interface ICallCopy : IDisposable
{
    /// <summary>Sends it, and reads its answer to the end.</summary>
    /// <param name="body">Its body, or null where the request has none.</param>
    /// <param name="cancellationToken">The end of its time.</param>
    /// <exception cref="HttpRequestException">It was not answered.</exception>
    /// <exception cref="IOException">It was not answered to the end.</exception>
    Task<AnswerHead> SendAsync(ReadOnlyMemory<byte>? body, CancellationToken cancellationToken);
}
