using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Tests.Support;

/// <summary>
/// Ports for what has none pinned. From below the range the kernel gives to outgoing connections, so that none of those takes a port
/// while its owner restarts.
/// </summary>
internal static class FreePorts
{
    private const int First = 15_000, Last = 32_000;
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>A loopback TCP port nobody listens on, never the same twice in this process.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last);
            if (TryTake(port))
                return port;
        }
    }

    /// <summary>Takes a certain port: false if somebody listens on it or it was given away before.</summary>
    public static bool TryTake(int port) => Given.TryAdd(port, true) && IsFree(port);

    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }
}
