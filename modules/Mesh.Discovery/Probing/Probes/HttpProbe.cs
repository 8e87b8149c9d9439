using System.Buffers;
using System.Net;
using System.Net.Security;
using Mesh.DataPlane.Requests;
using Mesh.DataPlane.Transport;

namespace Mesh.Discovery.Probing.Probes;

/// <summary>
/// GETs a path: 2xx passes, 429 warns, everything else fails, redirects included. At most 64 KiB of the body are read, then the connection
/// is closed; every probe opens a new one, as a client would.
/// </summary>
internal sealed class HttpProbe(IClientIdentity? identity) : IProbe, IDisposable
{
    /// <summary>So much of a body is read.</summary>
    public const int MaxBody = 64 * 1024;

    private static readonly HttpRequestOptionsKey<ProbeTarget> TargetKey = new("target");
    private static readonly HttpRequestOptionsKey<bool> ConnectedKey = new("connected");
    private static readonly UriCreationOptions AsIs = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private readonly HttpMessageInvoker _client = new(ProbeConnection.NewHandler(async (context, cancellationToken) =>
    {
        var options = context.InitialRequestMessage.Options;
        options.TryGetValue(TargetKey, out var target);
        // The platform's client asks up to three times more by itself where a connection ends without an answer. That is one probe's
        // verdict.
        if (options.TryGetValue(ConnectedKey, out _))
            throw new IOException("the connection ended before an answer began");
        options.Set(ConnectedKey, true);
        return await ProbeConnection.ConnectAsync(target!, identity, SslApplicationProtocol.Http11, cancellationToken)
            .ConfigureAwait(false);
    }));

    public async Task<ProbeResult> ProbeAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        var path = target.Check.Path is { Length: > 0 } given ? given : "/";
        if (path[0] != '/') path = $"/{path}";
        // Registration refuses these; a log that an older version wrote may hold one.
        if ((HeadSyntax.FaultOfPath(path) ?? HeadSyntax.FaultOfAuthority(target.Authority)) is { } fault)
            return ProbeResult.Fail($"the check cannot be sent: {fault}");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{target.Scheme}://{target.Authority}{path}", AsIs));
        request.Options.Set(TargetKey, target);
        request.Headers.TryAddWithoutValidation("User-Agent", "cdaprod-mesh-probe");
        request.Headers.ConnectionClose = true;
        using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        await ReadSomeAsync(response.Content, cancellationToken).ConfigureAwait(false);
        return (int)response.StatusCode switch
        {
            >= 200 and < 300 => ProbeResult.Pass,
            (int)HttpStatusCode.TooManyRequests => ProbeResult.Warn("HTTP 429"),
            var other => ProbeResult.Fail($"HTTP {other}"),
        };
    }

    public void Dispose() => _client.Dispose();

    private static async Task ReadSomeAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(8 * 1024);
        try
        {
            var body = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using var _ = body.ConfigureAwait(false);
            for (var total = 0; total < MaxBody;)
            {
                var read = await body.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, MaxBody - total)),
                    cancellationToken).ConfigureAwait(false);
                if (read == 0) return;
                total += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
