using System.Net.Sockets;
using System.Text;

namespace Mesh.Tests.Proxy.Support;

/// <summary>Asks a proxy for a tunnel, byte by byte as the protocol says.</summary>
internal static class Tunnel
{
    /// <summary>The connection and what the proxy has answered.</summary>
    public static async Task<(Socket Socket, string Answer)> Open(Uri proxy, string authority, CancellationToken cancellationToken)
    {
        var socket = await Connect(proxy.Port, cancellationToken);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"), cancellationToken);
        var answer = new StringBuilder();
        var one = new byte[1];
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await socket.ReceiveAsync(one, cancellationToken) > 0)
            answer.Append((char)one[0]);
        return (socket, answer.ToString());
    }

    public static async Task<Socket> Connect(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port, cancellationToken);
        return socket;
    }

    /// <summary>All that still comes.</summary>
    public static async Task<string> Rest(Socket socket, CancellationToken cancellationToken)
    {
        using var rest = new MemoryStream();
        var buffer = new byte[4096];
        int received;
        while ((received = await socket.ReceiveAsync(buffer, cancellationToken)) > 0)
            rest.Write(buffer, 0, received);
        return Encoding.ASCII.GetString(rest.ToArray());
    }
}
