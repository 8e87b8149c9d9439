using System.IO.Pipelines;
using System.Text;
using Mesh.ServiceDefaults.Listening;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.ServiceDefaults.Listening;

public sealed class PrefaceReaderTests
{
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private readonly Pipe _pipe = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_preface_cut_anywhere_is_HTTP_2_and_nothing_of_it_is_consumed()
    {
        for (var cut = 0; cut <= Preface.Length; cut++)
        {
            var pipe = new Pipe();
            var verdict = PrefaceReader.ReadAsync(pipe.Reader, _time, Cancellation).AsTask();
            await Write(pipe, Preface[..cut]);
            await Write(pipe, Preface[cut..] + "more");
            Assert.Equal("Http2", $"{await verdict}");
            Assert.True(pipe.Reader.TryRead(out var read), "what was looked at must still be readable at once");
            Assert.Equal(Preface + "more", Encoding.ASCII.GetString(read.Buffer));
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("POST / HTTP/1.1")]
    [InlineData("PRIDE / HTTP/1.1")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\rX")]
    [InlineData("\0")]
    public async Task Anything_else_is_HTTP_1(string bytes)
    {
        await Write(_pipe, bytes);
        Assert.Equal("Http1", $"{await PrefaceReader.ReadAsync(_pipe.Reader, _time, Cancellation)}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("PRI * HT")]
    public async Task Silence_until_the_deadline_is_left_to_HTTP_1(string bytes)
    {
        await Write(_pipe, bytes);
        var verdict = PrefaceReader.ReadAsync(_pipe.Reader, _time, Cancellation).AsTask();
        Assert.False(verdict.IsCompleted);
        _time.Advance(PrefaceReader.Deadline);
        Assert.Equal("Http1", $"{await verdict}");
    }

    [Fact]
    public async Task A_connection_that_ends_before_it_spoke_has_no_protocol()
    {
        await Write(_pipe, "PRI");
        await _pipe.Writer.CompleteAsync();
        Assert.Null(await PrefaceReader.ReadAsync(_pipe.Reader, _time, Cancellation));
    }

    private static async Task Write(Pipe pipe, string text)
    {
        if (text.Length > 0)
            await pipe.Writer.WriteAsync(Encoding.ASCII.GetBytes(text), Cancellation);
    }
}
