using System.Net;
using System.Net.Http.Headers;
using Mesh.DataPlane.Requests;
using Mesh.DataPlane.Transport;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// What of an endpoint's answer cannot go on as it is. A header that says what cannot be is repaired where nothing is lost by that; all
/// else is not an answer (502), with its reason: the server itself would end in a 500 that says nothing. Flow step 9.
/// </summary>
internal static class AnswerCheck
{
    // AnswerEncoding reads NUL, CR and LF as this one, so that which of them it was is not known.
    private const char SomeControl = '\x1';

    /// <summary>Looks at an answer whose headers have been copied to the client.</summary>
    /// <exception cref="BadAnswerException">It cannot go on.</exception>
    /// <exception cref="NotOfferedException">It declines the WebSocket that a client of HTTP/2 has asked for.</exception>
    public static ValueTask<bool> CheckAsync(HttpContext context, HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var status = (int)answer.StatusCode;
        if (status < StatusCodes.Status101SwitchingProtocols)
            throw new BadAnswerException($"its answer has the status {status:000}");
        if (status == StatusCodes.Status101SwitchingProtocols && !AsksForAnotherProtocol(context))
            throw new BadAnswerException("its answer has the status 101 (another protocol), which the request did not ask for");
        if (status == StatusCodes.Status101SwitchingProtocols && UpgradeFault(context, answer) is { } other)
            throw new BadAnswerException(other);
        // Over HTTP/1.1 any answer but a 101 declines an upgrade; a client of HTTP/2 would take a success for its connection (RFC 8441 §5).
        if (answer.IsSuccessStatusCode && answer.Version.Major < 2
            && context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true })
            throw new NotOfferedException($"it takes no WebSocket here, and has answered {status}");
        if (answer.Headers.NonValidated.TryGetValues(HeaderNames.TransferEncoding, out var codings)
            && !codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase))
            throw new BadAnswerException("its answer has a Transfer-Encoding other than 'chunked', so its bytes cannot be interpreted");
        // RFC 9112 §6.1: an intermediary that knows nothing of codings may have passed it on, so its framing cannot be relied upon.
        if (answer.Version == HttpVersion.Version10 && codings.Count > 0)
            throw new BadAnswerException("its answer has a Transfer-Encoding, which HTTP/1.0 does not know");
        // The phrase means nothing to a program (RFC 9112 §4): the server puts the usual one in the place of one that could not be sent.
        if (answer.ReasonPhrase is { } phrase && HeadSyntax.FaultOfValue("", phrase.Trim(' ', '\t')) is not null
            && context.Features.Get<IHttpResponseFeature>() is { } response)
            response.ReasonPhrase = null;
        // To a client that can be sent no trailers, none are announced.
        if (context.Response.Headers.Trailer.Count > 0 && !context.Response.SupportsTrailers())
            context.Response.Headers.Trailer = default;
        // RFC 9110 §15.3.5, §15.3.6, §15.4.5.
        return status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified
            ? CheckEmptyAsync(context, answer, status, cancellationToken)
            : new ValueTask<bool>(true);
    }

    /// <summary>
    /// What is wrong with an answer's trailers, or null. The client has the status already: an answer with such trailers can only be broken
    /// off.
    /// </summary>
    public static string? FaultOfTrailers(HttpResponseMessage answer) =>
        FaultOf(answer.TrailingHeaders) is { } fault ? $"of its trailers, {fault}" : null;

    /// <summary>What is wrong with an answer's headers, which the web server has refused; null if that is not known.</summary>
    public static string? FaultOfHeaders(HttpResponseMessage answer) =>
        (FaultOf(answer.Headers) ?? FaultOf(answer.Content.Headers)) is { } fault ? $"of its answer's headers, {fault}" : null;

    private static string? FaultOf(HttpHeaders headers)
    {
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                if (HeadSyntax.FaultOfValue(name, value.Trim(' ', '\t')) is { } fault)
                    return value.Contains(SomeControl) ? $"the header {name} has a control character in its value" : fault;
            }
        }

        return null;
    }

    private static bool AsksForAnotherProtocol(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    // RFC 9110 §7.8: a server may only switch to what the client has named.
    private static string? UpgradeFault(HttpContext context, HttpResponseMessage answer)
    {
        var extended = context.Features.Get<IHttpExtendedConnectFeature>();
        var asked = extended is { IsExtendedConnect: true } ? extended.Protocol ?? "" : context.Request.Headers.Upgrade.ToString();
        if (!answer.Headers.NonValidated.TryGetValues(HeaderNames.Upgrade, out var lines))
            return "its answer has the status 101 (another protocol) and does not say which";
        foreach (var protocol in lines.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!asked.Split(',', StringSplitOptions.TrimEntries).Contains(protocol, StringComparer.OrdinalIgnoreCase))
                return "its answer has the status 101 with another protocol than the request asked for";
        }

        return null;
    }

    private static async ValueTask<bool> CheckEmptyAsync(HttpContext context, HttpResponseMessage answer, int status,
        CancellationToken cancellationToken)
    {
        // What a 204 says of a length is not followed by anything over HTTP/1.1; what a 304 says is the length of what it stands for.
        if (status != StatusCodes.Status304NotModified)
            context.Response.Headers.ContentLength = null;
        var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        return await body.ReadAsync(new byte[1], cancellationToken) == 0
            ? true
            : throw new BadAnswerException($"its answer with the status {status} has a body");
    }
}

/// <summary>An answer cannot go on to the client; the message says why.</summary>
internal sealed class BadAnswerException(string message) : ClientSafeException(message);

/// <summary>An endpoint does not offer the connection that a client asks for. Nothing is wrong with either.</summary>
internal sealed class NotOfferedException(string message) : ClientSafeException(message);
