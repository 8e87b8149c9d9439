using System.Net.Sockets;

namespace Mesh.Tests.Support;

public class TcpServerTests
{
    [Fact]
    public async Task A_server_that_ends_between_two_connections_ends_cleanly()
    {
        TcpServer? server = null;
        var ending = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var client = new TcpClient();
        server = new TcpServer((_, _) =>
        {
            // Before the next connection is awaited: the server's loop runs this.
            ending.TrySetResult(server!.DisposeAsync().AsTask());
            return Task.CompletedTask;
        });
        await client.ConnectAsync("127.0.0.1", server.Port, TestContext.Current.CancellationToken);
        await await ending.Task;
        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task What_a_connections_code_throws_fails_the_test_that_ends_the_server()
    {
        var server = new TcpServer((_, _) => throw new InvalidDataException("not what was expected"));
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port, TestContext.Current.CancellationToken);
        await Eventually.True(() => server.Accepted == 1, TimeSpan.FromSeconds(60), "the connection is accepted");
        Assert.Equal("not what was expected",
            (await Assert.ThrowsAsync<InvalidDataException>(async () => await server.DisposeAsync())).Message);
    }
}
