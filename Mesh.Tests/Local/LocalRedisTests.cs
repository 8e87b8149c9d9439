using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Support;

namespace Mesh.Tests.Local;

/// <summary>The embedded Redis, which every page of the machine's browsers can reach.</summary>
public sealed class LocalRedisTests(GarnetProgram server) : IClassFixture<GarnetProgram>
{
    private const string Set = "*3\r\n$3\r\nSET\r\n$5\r\nprobe\r\n$4\r\npage\r\n";
    private const string Flush = "*1\r\n$8\r\nFLUSHALL\r\n";
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Set)]
    [InlineData(Flush)]
    [InlineData("SET probe page\r\n")]
    [InlineData("FLUSHALL\r\n")]
    [InlineData("*3\r\n$4\r\nEVAL\r\n$38\r\nredis.call('SET', 'probe', 'page-lua')\r\n$1\r\n0\r\n")]
    [InlineData("*2\r\n$4\r\nAUTH\r\n$0\r\n\r\n" + Set)]
    [InlineData("*3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$0\r\n\r\n" + Set)]
    public async Task A_web_pages_post_whose_body_holds_commands_changes_nothing(string commands)
    {
        await server.Start();
        await using var redis = await server.Connect();
        await redis.GetDatabase().StringSetAsync("probe", "kept");

        foreach (var head in new[] {
            $"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\nOrigin: http://evil.example\r\nContent-Type: "
                + $"text/plain\r\nContent-Length: {commands.Length}\r\n\r\n", "" })
            Assert.DoesNotContain("+OK", await Exchange(head + commands));

        Assert.Equal("kept", await redis.GetDatabase().StringGetAsync("probe"));
    }

    [Fact]
    public async Task It_does_not_start_without_a_password()
    {
        await using var process = ChildProcess.Start("local/Mesh.LocalRedis",
            new Dictionary<string, string?> { [GarnetProgram.PasswordVariable] = null }, "--port", $"{FreePort.Next()}");
        await process.WaitForExit(TimeSpan.FromSeconds(60));
        Assert.Equal(2, process.ExitCode);
        Assert.Contains(GarnetProgram.PasswordVariable, process.Output);
    }

    // All that is answered until the end: whoever has sent everything and half-closed gets what is left, and then the end.
    private async Task<string> Exchange(string bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port, Cancellation);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(bytes), Cancellation);
        client.Client.Shutdown(SocketShutdown.Send);
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, Cancellation);
        }
        catch (IOException)
        {
            // Reset: an end too.
        }

        return Encoding.ASCII.GetString(answer.ToArray());
    }
}
