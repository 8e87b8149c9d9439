using System.Net.Sockets;

namespace Mesh.DataPlane.Transport;

/// <summary>
/// Looks, before each further part of a request's body is written to a connection, whether the endpoint has already ended the connection or
/// answered. The platform's client gathers small parts and reads nothing before the whole body is written, so that by the time it notices
/// nobody could tell whether the endpoint had the whole request. Flow step 9.
/// </summary>
internal static class BodyWrites
{
    // A connection serves one request after the other, and does not know them. Writes run in the flow of whoever sends.
    private static readonly AsyncLocal<Sending?> Writer = new();

    /// <summary>What the caller's asynchronous flow writes from now on belongs to an attempt.</summary>
    public static void AreOf(Sending sending) => Writer.Value = sending;

    /// <summary>The attempt that writes now, where it has written before.</summary>
    public static Sending? Further => Writer.Value is { } sending && sending.NoteWrite() ? sending : null;

    /// <summary>Notes whether there is something to read by now, or the end.</summary>
    /// <remarks>
    /// With TLS 1.3 that may be a server's session tickets, which nobody has read yet. Then the end of a connection during its first
    /// request is not counted, as if the endpoint had not waited for the whole body (docs/adr/0044).
    /// </remarks>
    public static void Look(Socket socket, Sending sending)
    {
        if (socket.Poll(0, SelectMode.SelectRead))
            sending.NoteInterruption();
    }
}
