namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Which service a request is for, read from the request line as it came: nothing is decoded, so nothing is lost. Either the host is
/// <c>name[.namespace].mesh</c>, or the path begins with <c>/name[.namespace]</c>, which is then cut off. Flow step 9.
/// </summary>
internal readonly ref struct RequestTarget
{
    private const string MeshDomain = ".mesh";
    private const string DefaultNamespace = ".default";

    private RequestTarget(ReadOnlySpan<char> service, int pathStart, int prefixStart, bool byHost)
    {
        Service = service;
        PathStart = pathStart;
        PrefixStart = prefixStart;
        ByHost = byHost;
    }

    /// <summary>The service's name on the wire; empty when the request names none.</summary>
    public ReadOnlySpan<char> Service { get; }

    /// <summary>Where in the request target the part begins that the service gets.</summary>
    public int PathStart { get; }

    /// <summary>Where in the request target the path begins.</summary>
    public int PrefixStart { get; }

    /// <summary>Whether the host named the service, so that no prefix is cut off.</summary>
    public bool ByHost { get; }

    /// <summary>Reads the target.</summary>
    /// <param name="target">The request target as it came: origin form or absolute form.</param>
    /// <param name="host">The <c>Host</c> or <c>:authority</c>.</param>
    /// <param name="buffer">Room for a lower-case name: at least as long as the host.</param>
    public static RequestTarget Read(string target, string host, Span<char> buffer)
    {
        var start = PathOf(target);
        if (ServiceOfHost(host, buffer) is { IsEmpty: false } byHost)
            return new RequestTarget(byHost, start, start, true);

        if (start >= target.Length || target[start] != '/')
            return new RequestTarget([], target.Length, start, false);

        var rest = target.AsSpan(start + 1);
        var end = rest.IndexOfAny('/', '?');
        var name = end < 0 ? rest : rest[..end];
        return new RequestTarget(Canonical(name), start + 1 + name.Length, start, false);
    }

    private static int PathOf(string target)
    {
        if (target.Length > 0 && target[0] == '/')
            return 0;

        // Absolute form: http://host/path, or http://host?query (RFC 3986 §3.3). Kestrel has made sure that its host is the Host header's.
        var scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
            return target.Length;
        var end = target.AsSpan(scheme + 3).IndexOfAny('/', '?');
        return end < 0 ? target.Length : scheme + 3 + end;
    }

    private static ReadOnlySpan<char> ServiceOfHost(ReadOnlySpan<char> host, Span<char> buffer)
    {
        var colon = host.LastIndexOf(':');
        if (colon >= 0)
            host = host[..colon];
        if (host.EndsWith('.'))
            host = host[..^1];
        if (host.Length <= MeshDomain.Length || host.Length > buffer.Length
            || !host.EndsWith(MeshDomain, StringComparison.OrdinalIgnoreCase))
            return [];

        host = host[..^MeshDomain.Length];
        return Canonical(buffer[..host.ToLowerInvariant(buffer)]);
    }

    private static ReadOnlySpan<char> Canonical(ReadOnlySpan<char> name) =>
        name.Length > DefaultNamespace.Length && name.EndsWith(DefaultNamespace, StringComparison.Ordinal)
            ? name[..^DefaultNamespace.Length]
            : name;
}
