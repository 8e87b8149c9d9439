using System.Net;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Requests;

namespace Mesh.DataPlane.Transport;

/// <summary>
/// The platform's client as a data plane sends requests with it: it follows no redirect, keeps no cookie, decompresses nothing, sends
/// nothing a second time, writes no head that <see cref="HeadSyntax"/> refuses, and pings no server (docs/interop-limits.md).
/// <see cref="UpstreamFailures"/> says what its exceptions mean. Flow step 9.
/// </summary>
public static class UpstreamHandler
{
    /// <summary>A client with connections of its own.</summary>
    /// <param name="connectTimeout">How long making one may take.</param>
    /// <param name="idleConnection">How long an unused one is kept.</param>
    public static HttpMessageInvoker New(TimeSpan connectTimeout, TimeSpan idleConnection) =>
        new(Around(Client(connectTimeout, idleConnection, UpstreamStream.ConnectAsync)));

    /// <summary>A client whose connections are mutual TLS.</summary>
    /// <param name="connectTimeout">How long making one may take, with its handshake.</param>
    /// <param name="idleConnection">How long an unused one is kept.</param>
    /// <param name="certificate">This data plane's own.</param>
    /// <param name="tls">Who may answer.</param>
    public static HttpMessageInvoker New(
        TimeSpan connectTimeout, TimeSpan idleConnection, IClientCertificate certificate, UpstreamTls tls) =>
        new(Around(Client(connectTimeout, idleConnection,
            (context, cancellationToken) => UpstreamTlsStream.ConnectAsync(context, certificate, tls, cancellationToken))));

    private static SendsOnce Around(HttpMessageHandler client) => new(new PromptBodies(new UpstreamGate(client)));

    /// <summary>The platform's part of it.</summary>
    internal static SocketsHttpHandler Client(TimeSpan connectTimeout, TimeSpan idleConnection,
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        EnableMultipleHttp2Connections = true,
        // Trace headers are the caller's business; a span for this hop would cost more than the hop.
        ActivityHeadersPropagator = null,
        ConnectTimeout = connectTimeout,
        PooledConnectionIdleTimeout = idleConnection,
        ConnectCallback = (context, cancellationToken) =>
        {
            Sending.NoteConnection(context.InitialRequestMessage);
            return connect(context, cancellationToken);
        },
        RequestHeaderEncodingSelector = Sending.NoteHeader,
        ResponseHeaderEncodingSelector = static (_, _) => AnswerEncoding.Instance,
    };

    /// <summary>Begins each request's attempt.</summary>
    private sealed class SendsOnce(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Sending.Begin(request);
            return Sending.WithBody(request) is { } sending
                ? SendBodyAsync(request, sending, cancellationToken)
                : base.SendAsync(request, cancellationToken);
        }

        // Asynchronous, so that what is written by whom ends with it.
        private async Task<HttpResponseMessage> SendBodyAsync(
            HttpRequestMessage request, Sending sending, CancellationToken cancellationToken)
        {
            BodyWrites.AreOf(sending);
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
    }
}
