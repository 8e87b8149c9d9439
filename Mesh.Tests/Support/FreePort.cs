using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Tests.Support;

/// <summary>
/// Ports nobody listens on, for what cannot bind port 0 itself. Taken from below the range the kernel gives to outgoing
/// connections, so that none of those can take the port between the asking and the binding.
/// </summary>
public static class FreePort
{
    private const int First = 15_000, Last = 32_000;
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>A free loopback TCP port, never the same twice in this process.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last);
            if (Given.TryAdd(port, true) && IsFree(port))
                return port;
        }
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }
}
