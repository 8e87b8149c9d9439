using Mesh.DataPlane.Requests;
using Microsoft.Net.Http.Headers;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Takes out what <c>Connection</c> names (RFC 9110 §7.6.1): a request's headers before any rule looks at them, so that nothing is matched
/// that is not sent, and a response's before they are copied. Flow step 9.
/// </summary>
/// <remarks>
/// What every proxy knows to end at a hop (<c>TE</c>, <c>Keep-Alive</c>, <c>Proxy-*</c>, <c>Upgrade</c>) the forwarder deals with.
/// </remarks>
internal static class HopByHop
{
    // A client must not remove who is asked, where a message ends and what its bytes are; nor what a proxy in front of this one says.
    private static readonly HashSet<string> Essential = new(StringComparer.OrdinalIgnoreCase)
    {
        "close", HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.Upgrade, HeaderNames.Host, HeaderNames.TransferEncoding,
        HeaderNames.TE, HeaderNames.Trailer,
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix",
    };

    /// <summary>Takes a request's out.</summary>
    public static void Strip(IHeaderDictionary headers)
    {
        var lines = headers.Connection;
        for (var i = 0; i < lines.Count; i++)
        {
            foreach (var range in lines[i].AsSpan().Split(','))
            {
                if (Named(lines[i].AsSpan()[range]) is { } name)
                    headers.Remove(name);
            }
        }
    }

    /// <summary>Takes a response's out.</summary>
    public static void Strip(HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues(HeaderNames.Connection, out var lines))
            return;
        foreach (var line in lines)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                if (Named(line.AsSpan()[range]) is not { } name)
                    continue;
                // To be asked in the wrong place is an error to these collections.
                if (response.Headers.NonValidated.Contains(name))
                    response.Headers.Remove(name);
                else if (response.Content.Headers.NonValidated.Contains(name))
                    response.Content.Headers.Remove(name);
            }
        }
    }

    private static string? Named(ReadOnlySpan<char> option)
    {
        option = option.Trim(" \t");
        return HeadSyntax.IsToken(option) && !option.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
            && !Essential.GetAlternateLookup<ReadOnlySpan<char>>().Contains(option) ? option.ToString() : null;
    }
}
