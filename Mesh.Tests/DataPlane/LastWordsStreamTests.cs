using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.DataPlane.Connections;
using Mesh.Tests.Support;

namespace Mesh.Tests.DataPlane;

/// <summary>What a server said before it reset the connection is read, whoever meets the reset first.</summary>
public class LastWordsStreamTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_that_meets_a_reset_leaves_what_was_sent_before_it_to_be_read()
    {
        await using var stream = await ThatWasReset("too many pings", socket => new LastWordsStream(socket));
        await stream.WriteAsync("ping"u8.ToArray(), Cancel);
        await stream.WriteAsync("ping"u8.ToArray(), Cancel);

        var buffer = new byte[100];
        var read = await stream.ReadAsync(buffer, Cancel);
        Assert.Equal("too many pings", Encoding.ASCII.GetString(buffer, 0, read));
        Assert.Equal(0, await EndOf(stream));
    }

    [Fact]
    public async Task The_platforms_stream_tells_the_writer_instead()
    {
        await using var stream = await ThatWasReset("too many pings", socket => new NetworkStream(socket, ownsSocket: true));
        await Assert.ThrowsAsync<IOException>(async () => await stream.WriteAsync("ping"u8.ToArray(), Cancel));
    }

    [Fact]
    public async Task A_write_that_fails_for_another_reason_says_so()
    {
        await using var stream = await ThatWasReset("", socket => new LastWordsStream(socket));
        stream.Socket.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(async () => await stream.WriteAsync("ping"u8.ToArray(), Cancel));
    }

    private static async Task<NetworkStream> ThatWasReset(string lastWords, Func<Socket, NetworkStream> make)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndpoint, Cancel);
        var stream = make(client);
        using (var server = await listener.AcceptSocketAsync(Cancel))
        {
            server.Send(Encoding.ASCII.GetBytes(lastWords));
            // Without lingering a close is a reset.
            server.LingerState = new LingerOption(true, 0);
        }

        await Eventually.True(() => IsReset(client), Soon, "the reset has come");
        return stream;
    }

    private static bool IsReset(Socket socket)
    {
        try
        {
            socket.Send("?"u8);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    // Nothing more, or the reset itself: which of the two depends on who was told of it first.
    private static async Task<int> EndOf(NetworkStream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[1], Cancel);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
