using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Support;

namespace Mesh.Tests.Proxy.Support;

/// <summary>
/// A TCP service: greets with its name, gives back what it gets, and where the client has ended its side says goodbye and ends its own. So
/// a test sees that an end in one direction leaves the other one open.
/// </summary>
internal sealed class TcpEcho(string name) : IAsyncDisposable
{
    private readonly TcpServer _server = new((socket, stop) => Serve(socket, name, stop));

    public int Port => _server.Port;

    public int Accepted => _server.Accepted;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task Serve(Socket socket, string name, CancellationToken stop)
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes(name + "\n"), stop);
        var buffer = new byte[64 * 1024];
        int received;
        while ((received = await socket.ReceiveAsync(buffer, stop)) > 0)
        {
            for (var sent = 0; sent < received;)
                sent += await socket.SendAsync(buffer.AsMemory(sent, received - sent), stop);
        }

        await socket.SendAsync("bye"u8.ToArray(), stop);
        socket.Shutdown(SocketShutdown.Send);
    }
}
