using System.Net;
using System.Text;

namespace Mesh.DataPlane.Transport;

/// <summary>
/// One attempt in the hands of the platform's client. That repeats by itself, up to three times and whatever the method, what ended without
/// an answer: a request without a body whose HTTP/1.1 connection closed, and one whose HTTP/2 stream was refused or lay beyond a GOAWAY
/// (<c>HttpConnectionPool.SendWithVersionDetectionAndRetryAsync</c>; no setting turns it off). Whether a request is sent again is the
/// attempt loop's to decide and to count. So a head is written once: the client asks for each header's encoding as it writes it, and for a
/// connection when it has none, and both are refused the second time.
/// </summary>
internal sealed class Sending(bool isHttp2)
{
    private static readonly HttpRequestOptionsKey<Sending> Key = new("mesh.sending");
    private string? _first;
    private bool _connects;
    private bool _hasWritten;
    private volatile bool _wasInterrupted;

    private bool IsHttp2 => isHttp2;

    /// <summary>Begins an attempt.</summary>
    public static void Begin(HttpRequestMessage request)
    {
        var isHttp2 = request.Version == HttpVersion.Version20;
        request.Options.Set(Key, new Sending(isHttp2));
        // A head without any header would be written unseen. What is added here means what its absence does.
        if (request.Headers.NonValidated.Count > 0)
            return;
        if (isHttp2)
            request.Headers.TryAddWithoutValidation("Accept", "*/*");
        else
            request.Headers.Host = request.RequestUri!.Authority;
    }

    /// <summary>A header is about to be written. Its bytes that are not ASCII go through as they came.</summary>
    /// <exception cref="AlreadySentException">It has been written before.</exception>
    public static Encoding NoteHeader(string name, HttpRequestMessage request)
    {
        if (request.Options.TryGetValue(Key, out var sending))
            sending.NoteHeader(name);
        return Encoding.Latin1;
    }

    /// <summary>A connection is about to be made for a request.</summary>
    /// <exception cref="AlreadySentException">It has had one.</exception>
    public static void NoteConnection(HttpRequestMessage request)
    {
        if (!request.Options.TryGetValue(Key, out var sending))
            return;
        if (sending._first is not null)
            throw sending.Again();
        sending._connects = true;
    }

    /// <summary>The attempt where it has a body and goes over HTTP/1.1, or null.</summary>
    public static Sending? WithBody(HttpRequestMessage request) =>
        request.Content is not null && request.Options.TryGetValue(Key, out var sending) && !sending.IsHttp2 ? sending : null;

    /// <summary>Whether the endpoint had ended the connection, or answered, before all of a body was written.</summary>
    public static bool WasInterrupted(HttpRequestMessage? request) =>
        request?.Options.TryGetValue(Key, out var sending) == true && sending._wasInterrupted;

    /// <summary>Whether a request was given a connection that others had used before.</summary>
    public static bool WasReused(HttpRequestMessage? request) =>
        request?.Options.TryGetValue(Key, out var sending) == true && !sending._connects;

    /// <summary>Whether anything of a request has been written, if only into the client's buffer.</summary>
    public static bool HasBegun(HttpRequestMessage? request) =>
        request?.Options.TryGetValue(Key, out var sending) == true && sending._first is not null;

    /// <summary>Something of it is about to be written to the connection; false for the first time.</summary>
    public bool NoteWrite() => _hasWritten || !(_hasWritten = true);

    /// <summary>The endpoint has ended the connection, or answered, before all of the body was written.</summary>
    public void NoteInterruption() => _wasInterrupted = true;

    private void NoteHeader(string name)
    {
        if (_first is null)
            _first = name;
        else if (_first == name)
            throw Again();
    }

    private AlreadySentException Again() => new(isHttp2, !_connects);
}

/// <summary>
/// The platform's client would have sent a request again. Over HTTP/2 it does so only where the endpoint has said that it did not look at
/// the request (RFC 9113 §8.7); over HTTP/1.1 where the connection ended before the first byte of an answer.
/// </summary>
/// <param name="isUntouched">Whether the endpoint has not looked at it.</param>
/// <param name="wasReused">
/// Whether it had a connection that others had used before, so that its end may have had nothing to do with it.
/// </param>
internal sealed class AlreadySentException(bool isUntouched, bool wasReused)
    : IOException(isUntouched ? "the endpoint refused the request before it processed it" : "the connection ended before an answer began")
{
    /// <summary>Whether the endpoint has not looked at it.</summary>
    public bool IsUntouched => isUntouched;

    /// <summary>Whether others had used its connection before.</summary>
    public bool WasReused => wasReused;

    /// <summary>Finds it among an exception's causes.</summary>
    public static AlreadySentException? In(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is AlreadySentException found)
                return found;
        }

        return null;
    }
}
