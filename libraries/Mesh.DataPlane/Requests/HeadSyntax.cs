using System.Buffers;
using System.Globalization;

namespace Mesh.DataPlane.Requests;

/// <summary>
/// What may stand in the head of a request that goes to an upstream, over HTTP/1.1 and HTTP/2 alike (RFC 9110 §5, RFC 9112 §3, RFC 9113
/// §8.2). Each check gives null, or what is wrong in words that hold no byte of what was checked beyond printable ASCII. Flow step 9.
/// </summary>
/// <remarks>
/// Whoever writes a head asks this last, after every rewrite. The platform's HTTP/1.1 client writes a target as ASCII without looking at
/// it: for each character beyond that it advances its buffer and leaves there what an earlier request on the connection had written.
/// </remarks>
public static class HeadSyntax
{
    private const int Shown = 40;
    private const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static readonly SearchValues<char> Token = SearchValues.Create("!#$%&'*+-.^_`|~" + LettersAndDigits);
    private static readonly SearchValues<char> Target = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Where(c => c != '#')]);
    // A comma is legal in a name (RFC 3986 §3.2.2), but also what several values of a header are joined by.
    private static readonly SearchValues<char> RegName = SearchValues.Create("-._~%!$&'()*+;=" + LettersAndDigits);
    private static readonly SearchValues<char> IpLiteral = SearchValues.Create(":.0123456789ABCDEFabcdef");
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");
    private static readonly SearchValues<char> BadInValue = SearchValues.Create(
        [.. Enumerable.Range(0, ' ').Select(c => (char)c).Where(c => c != '\t'), '\x7F']);

    // Those that clients and servers of the platform know in any case, and send in upper case.
    private static readonly HashSet<string> KnownMethods = new(StringComparer.OrdinalIgnoreCase)
    {
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY",
    };

    /// <summary>Whether a text is a token (RFC 9110 §5.6.2), as methods and the names of headers are.</summary>
    public static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(Token);

    /// <summary>
    /// What is wrong with a method. It is a token, and case counts (RFC 9110 §9.1): <c>delete</c> is not <c>DELETE</c>. Since many would
    /// take it for that, a known method in another spelling is a fault, and no rule ever has to guess.
    /// </summary>
    public static string? FaultOfMethod(string method)
    {
        if (!IsToken(method))
            return $"the method '{Printable(method)}' is not a token (RFC 9110 §5.6.2)";
        return KnownMethods.TryGetValue(method, out var known) && !string.Equals(known, method, StringComparison.Ordinal)
            ? $"the method '{Printable(method)}' is unknown: methods are case-sensitive, write {known}"
            : null;
    }

    /// <summary>What is wrong with a path and its query: printable ASCII without space and <c>#</c>, beginning with a slash.</summary>
    public static string? FaultOfPath(ReadOnlySpan<char> path) =>
        path.IsEmpty || path[0] != '/' ? $"the path '{Printable(path)}' does not begin with a slash" : FaultOfTarget(path);

    /// <summary>What is wrong with a request target in any form: printable ASCII without space and <c>#</c>, not empty.</summary>
    public static string? FaultOfTarget(ReadOnlySpan<char> target)
    {
        if (target.IsEmpty)
            return "the request target is empty";
        return target.IndexOfAnyExcept(Target) is >= 0 and var at
            ? $"the request target has {Character(target[at])} as character {(at + 1).ToString(CultureInfo.InvariantCulture)}, where "
                + "only printable ASCII without space and '#' is allowed; percent-encode it"
            : null;
    }

    /// <summary>What is wrong with an authority: a name or an address, with a port or without.</summary>
    public static string? FaultOfAuthority(ReadOnlySpan<char> authority)
    {
        var host = authority;
        if (authority.StartsWith('['))
        {
            var end = authority.IndexOf(']');
            if (end < 2 || authority[1..end].ContainsAnyExcept(IpLiteral) || (end + 1 < authority.Length && authority[end + 1] != ':'))
                return $"the host '{Printable(authority)}' is not a valid IP address";
            return FaultOfPort(authority, authority[(end + 1)..]);
        }

        if (authority.IndexOf(':') is >= 0 and var colon)
            host = authority[..colon];
        return host.IsEmpty || host.ContainsAnyExcept(RegName)
            ? $"the host '{Printable(authority)}' is neither a name nor an address"
            : FaultOfPort(authority, authority[host.Length..]);
    }

    /// <summary>What is wrong with the target of a <c>CONNECT</c> (RFC 9110 §9.3.6): an authority with a port that is not 0.</summary>
    public static string? FaultOfTunnel(ReadOnlySpan<char> authority)
    {
        if (FaultOfAuthority(authority) is { } fault)
            return fault;
        var port = authority[(authority.LastIndexOf(':') + 1)..];
        return port.Length < authority.Length && !port.IsEmpty && !port.Contains(']') && port.ContainsAnyExcept('0')
            ? null
            : $"'{Printable(authority)}' names no port";
    }

    /// <summary>What is wrong with the name of a header: it is a token.</summary>
    public static string? FaultOfName(ReadOnlySpan<char> name) =>
        IsToken(name) ? null : $"the header name '{Printable(name)}' is not a token (RFC 9110 §5.6.2)";

    /// <summary>
    /// What is wrong with the value of a header (RFC 9110 §5.5): no control character but a tab, no blank at either end, nothing beyond one
    /// byte. Bytes from 0x80 on (<c>obs-text</c>) are allowed and go through as they came.
    /// </summary>
    /// <param name="name">The header, known to be a token.</param>
    /// <param name="value">Its value.</param>
    public static string? FaultOfValue(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        // HTTP/1.1 takes blanks there for none of the value; to HTTP/2 they are a fault (RFC 9113 §8.2.1).
        if (!value.IsEmpty && (value[0] is ' ' or '\t' || value[^1] is ' ' or '\t'))
            return $"the value of the header {name} begins or ends with a blank";
        var at = value.IndexOfAny(BadInValue);
        if (at < 0)
            at = value.IndexOfAnyExceptInRange('\0', '\xFF');
        return at < 0
            ? null
            : $"the header {name} has {Character(value[at])} as character {(at + 1).ToString(CultureInfo.InvariantCulture)} of its value";
    }

    private static string? FaultOfPort(ReadOnlySpan<char> authority, ReadOnlySpan<char> port) =>
        port.Length <= 1 && port is "" or ":"
            || (!port[1..].ContainsAnyExcept(Digits) && int.TryParse(port[1..], CultureInfo.InvariantCulture, out var number)
                && number <= 65_535)
            ? null
            : $"the port of '{Printable(authority)}' is not a number from 0 to 65535";

    private static string Character(char c) =>
        c is > ' ' and <= '~' ? $"'{c}'" : string.Create(CultureInfo.InvariantCulture, $"0x{(int)c:X2}");

    private static string Printable(ReadOnlySpan<char> text)
    {
        Span<char> shown = stackalloc char[Math.Min(text.Length, Shown)];
        for (var i = 0; i < shown.Length; i++)
            shown[i] = text[i] is >= ' ' and <= '~' ? text[i] : '?';
        return text.Length > Shown ? $"{shown}…" : shown.ToString();
    }
}
