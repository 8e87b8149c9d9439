using System.Net;
using Mesh.DataPlane.Transport;
using Mesh.Proxy.Forwarding;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Sidecar;

/// <summary>Passes requests for hosts outside the mesh on to where they say, with nothing of the mesh's doing.</summary>
internal sealed class OutsideForwarding : HttpTransformer, IDisposable
{
    private static readonly UriCreationOptions AsIs = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private readonly IHttpForwarder _forwarder;
    private readonly ForwarderRequestConfig _config;
    private readonly HttpMessageInvoker _transport;
    private readonly ILogger _logger;

    public OutsideForwarding(IHttpForwarder forwarder, IOptions<GatewayOptions> options, ILogger<OutsideForwarding> logger)
    {
        (_forwarder, _logger) = (forwarder, logger);
        _config = new ForwarderRequestConfig
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            ActivityTimeout = options.Value.IdleTimeout,
        };
        _transport = UpstreamHandler.New(TimeSpan.FromSeconds(10), options.Value.IdleConnection);
    }

    /// <summary>Forwards a request of absolute form.</summary>
    public async Task ForwardAsync(HttpContext context, string host)
    {
        var error = await _forwarder.SendAsync(context, $"http://{host}", _transport, _config, this, CancellationToken.None);
        if (error == ForwarderError.None || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
            return;
        var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        if (exception?.GetBaseException() is MalformedRequestException malformed)
        {
            await Answers.RefuseAsync(context, GatewayRefusal.Malformed, "", $"This request cannot be sent on: {malformed.Message}.");
            return;
        }

        var reason = FailureText.Of(error, exception);
        _logger.FailedOutside(host, reason, FailureText.ForLog(error, exception));
        await Answers.RefuseAsync(context, error == ForwarderError.ResponseHeaders ? GatewayRefusal.BadAnswer : GatewayRefusal.Failed, "",
            $"'{host}', outside the mesh: {reason}.");
    }

    /// <inheritdoc/>
    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var target = httpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var rest = target[(target.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var path = rest.IndexOfAny(['/', '?']) is >= 0 and var at ? rest[at..] : "/";
        proxyRequest.RequestUri = new Uri(string.Concat(destinationPrefix, path.StartsWith('/') ? "" : "/", path), AsIs);
        proxyRequest.Headers.Host = null;
        proxyRequest.Headers.Remove(HeaderNames.Trailer);
        // Such a host may be a proxy's that leads back.
        proxyRequest.Headers.TryAddWithoutValidation(Hops.Header, Hops.Of(httpContext).Next);
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse,
        CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
            return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        HopByHop.Strip(proxyResponse);
        try
        {
            await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        }
        catch (InvalidOperationException) when (AnswerCheck.FaultOfHeaders(proxyResponse) is { } fault)
        {
            throw new BadAnswerException(fault);
        }

        return await PromptHead.SendAsync(
            httpContext, proxyResponse, AnswerCheck.CheckAsync(httpContext, proxyResponse, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse,
        CancellationToken cancellationToken)
    {
        if (!httpContext.Response.SupportsTrailers() || AnswerCheck.FaultOfTrailers(proxyResponse) is null)
            return base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
        httpContext.Abort();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();
}
