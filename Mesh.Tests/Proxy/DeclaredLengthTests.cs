using System.Net;
using Mesh.Tests.DataPlane.Support;
using Mesh.Tests.Proxy.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Tests.Proxy;

/// <summary>Bodies over HTTP/2 that are not as long as their heads say.</summary>
public sealed class DeclaredLengthTests : IAsyncLifetime
{
    private readonly LogLines _log = new();
    private TestControlPlane _controlPlane = null!;
    private RunningGateway _gateway = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _controlPlane = await TestControlPlane.Start();
        _gateway = await RunningGateway.Start(_controlPlane.Address, null, "--Logging:LogLevel:Default=Debug");
        _gateway.Services.GetRequiredService<ILoggerFactory>().AddProvider(_log);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _controlPlane.DisposeAsync();
        _log.Dispose();
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_body_that_ends_too_early_breaks_the_answer_off_and_is_named_as_the_endpoints_fault(string version)
    {
        await using var upstream = await Serve("short", "10", "abc");
        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            using var response = await Send(HttpMethod.Get, "short", version);
            await response.Content.ReadAsStringAsync(Cancel);
        });
        await Mesh.Tests.Support.Eventually.True(() => _log.All.Any(line => line.Contains("its answer's body ended after 3 of 10 bytes")),
            TimeSpan.FromSeconds(60), "the fault is logged");
        Assert.DoesNotContain(_log.All, line => line.Contains("unhandled exception"));
    }

    [Theory]
    [InlineData("1.1", "3")]
    [InlineData("2.0", "3")]
    [InlineData("1.1", "0")]
    [InlineData("2.0", "0")]
    public async Task A_body_that_goes_on_for_too_long_is_the_endpoints_fault_and_not_the_clients(string version, string length)
    {
        await using var upstream = await Serve("long", length, "abcde");
        try
        {
            using var response = await Send(HttpMethod.Get, "long", version);
            await response.Content.ReadAsStringAsync(Cancel);
            // Where the head had gone on before the first byte too many came, a client that expects no body has a whole answer.
            if ((version, length) != ("1.1", "0") || response.StatusCode != HttpStatusCode.OK)
                Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        }
        catch (HttpRequestException)
        {
            // Its head had gone on by then.
        }

        await Mesh.Tests.Support.Eventually.True(
            () => _log.All.Any(line => line.Contains($"its answer's body is longer than its Content-Length of {length}")),
            TimeSpan.FromSeconds(60), "the fault is logged");
        Assert.DoesNotContain(_log.All, line => line.Contains("the client stopped taking the answer"));
    }

    [Theory]
    [InlineData("GET", "2", "ok")]
    [InlineData("GET", "0", "")]
    [InlineData("HEAD", "10", "ok")]
    public async Task A_body_of_the_length_that_was_said_passes_and_so_does_none_where_none_is_asked_for(string method, string length,
        string body)
    {
        await using var upstream = await Serve("right", length, body);
        using var response = await Send(new HttpMethod(method), "right", "2.0");
        Assert.Equal((HttpStatusCode.OK, method == "HEAD" ? "" : body),
            (response.StatusCode, await response.Content.ReadAsStringAsync(Cancel)));
        Assert.Equal(length, response.Content.Headers.NonValidated["Content-Length"].ToString());
    }

    private async Task<RecordingUpstream> Serve(string service, string length, string body)
    {
        var upstream = RecordingUpstream.Start(http2: true);
        (upstream.AnswerFields, upstream.AnswerBody) = ([("content-length", length)], body);
        await _gateway.Has(_controlPlane.Serve(service, "grpc", (upstream.Port, 1)));
        await _gateway.KnowsPorts(service, upstream.Port);
        return upstream;
    }

    private Task<HttpResponseMessage> Send(HttpMethod method, string service, string version) => _gateway.Http.SendAsync(
        new HttpRequestMessage(method, new Uri(_gateway.Address, $"/{service}/"))
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        }, Cancel);
}
