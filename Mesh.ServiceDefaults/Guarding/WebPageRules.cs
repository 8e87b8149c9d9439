namespace Mesh.ServiceDefaults.Guarding;

/// <summary>What a request says that matters here.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Host">Its <c>Host</c> or <c>:authority</c>.</param>
/// <param name="Origin">Its <c>Origin</c>; null where it has none.</param>
/// <param name="FetchSite">Its <c>Sec-Fetch-Site</c>, or empty.</param>
/// <param name="NamesTarget">Whether its target is a whole address, as only a proxy's clients send it.</param>
internal readonly record struct PageRequest(string Method, string Host, string? Origin, string FetchSite, bool NamesTarget);

/// <summary>Which requests a web page of somebody else may have sent.</summary>
internal sealed class WebPageRules(GuardSettings settings)
{
    /// <summary>
    /// Whether the host is one under which the listener is known. One that is not may be a name that a page's owner has led here (DNS
    /// rebinding).
    /// </summary>
    public bool AllowsHost(GuardedListener listener, in PageRequest request)
    {
        if (listener.Use is ListenerUse.Application or ListenerUse.Outbound
            || (listener.Use == ListenerUse.Services && !listener.LoopbackOnly)) return true;
        var host = HostName.Of(request.Host);
        return host.IsEmpty || HostName.IsAddress(host) || HostName.IsLocalhost(host)
            || (listener.Use == ListenerUse.Services && HostName.IsMesh(host))
            // Names without a dot, as containers call each other and services are called, are not a domain that anybody could own.
            || ((listener.Use == ListenerUse.Services || !listener.LoopbackOnly) && !host.Contains('.'))
            || settings.AllowsHost(host);
    }

    /// <summary>Whether the page that sent the request, if one did, is one that may.</summary>
    public bool AllowsOrigin(GuardedListener listener, in PageRequest request)
    {
        if (listener.Use == ListenerUse.Application || (listener.Use == ListenerUse.Services && !listener.LoopbackOnly)) return true;
        if (listener.Use == ListenerUse.Outbound && !IsPagesWay(request)) return true;
        if (request.Origin is { } origin)
            return IsSame(origin, request.Host) || settings.AllowsOrigin(origin)
                || (listener.Use != ListenerUse.Interface && IsNear(origin));
        if (request.FetchSite is not ("cross-site" or "same-site") || request.Method is "GET" or "HEAD" or "OPTIONS") return true;
        return listener.Use != ListenerUse.Interface && request.FetchSite == "same-site";
    }

    // A page can address a proxy's port only as if it were a server, and by no name that means a service.
    private static bool IsPagesWay(in PageRequest request) =>
        !request.NamesTarget && HostName.Of(request.Host) is var host && (HostName.IsAddress(host) || HostName.IsLocalhost(host));

    // With https where something in front of the listener ends TLS.
    private static bool IsSame(ReadOnlySpan<char> origin, ReadOnlySpan<char> host) =>
        HostName.AuthorityOf(origin) is { IsEmpty: false } authority && authority.Equals(host, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the page is of this machine or of a service of the mesh, or of a host that leads here.</summary>
    private bool IsNear(ReadOnlySpan<char> origin) =>
        HostName.AuthorityOf(origin) is { IsEmpty: false } authority && HostName.Of(authority) is var host
        && (HostName.IsLoopback(host) || HostName.IsMesh(host) || settings.AllowsHost(host));
}
