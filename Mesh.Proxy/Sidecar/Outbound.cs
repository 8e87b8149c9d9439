using Mesh.Proxy.Forwarding;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Sidecar;

/// <summary>
/// Takes the application's own requests: whole addresses from an HTTP proxy's client, a service's name as host, or <c>/service/…</c> where
/// the host is an address. Flow step 9.
/// </summary>
internal sealed class Outbound(OutboundServices services, OutsideForwarding outside, Gateway gateway)
{
    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context, RequestDelegate ownEndpoints)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var host = context.Request.Headers.Host.ToString();
        if (HttpMethods.IsConnect(context.Request.Method)
            && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true })
            return gateway.RefuseAsync(context, GatewayRefusal.BadMethod, "",
                "A tunnel must be requested by the first request of an HTTP/1.1 connection; this one is not.");

        var start = target.StartsWith('/') ? 0 : PathOf(target);
        var read = OutboundHost.Read(host);
        if (read.IsLocal && start == 0)
            return ByPathAsync(context, target, ownEndpoints);
        return read.Service is null ? PassAsync(context, host, start) : ByHostAsync(context, read, host, target, start);
    }

    private async Task ByHostAsync(HttpContext context, OutboundHost read, string host, string target, int start)
    {
        var found = await services.FindAsync(read.Service!);
        if (found.Listener is null && !read.IsMesh && found.Refusal == GatewayRefusal.UnknownService
            && services.Outside == OutsidePolicy.Pass)
            await PassAsync(context, host, start);
        else
            await ServeAsync(context, found, read.Service!, target, start, start);
    }

    private Task ByPathAsync(HttpContext context, string target, RequestDelegate ownEndpoints)
    {
        var rest = target.AsSpan(1);
        var end = rest.IndexOfAny('/', '?');
        var name = (end < 0 ? rest : rest[..end]).ToString();
        if (name.Length == 0)
            return gateway.AnswerNamelessAsync(context, target, target);
        if (Gateway.IsOwnHealth(name, target.AsSpan(1 + name.Length)))
            return gateway.AnswerHealthAsync(context, ownEndpoints);
        return OutboundHost.Read(name).Service is { } service
            ? ByPathAsync(context, service, target, 1 + name.Length)
            : gateway.RefuseAsync(context, GatewayRefusal.UnknownService, name, $"'{name}' is not a valid service name.");
    }

    private async Task ByPathAsync(HttpContext context, string service, string target, int pathStart) =>
        await ServeAsync(context, await services.FindAsync(service), service, target, pathStart, 0);

    private Task ServeAsync(HttpContext context, FoundService found, string service, string target, int pathStart, int prefixStart) =>
        found.Listener is { } listener
        ? gateway.ServeAsync(context, found.Snapshot!,
            new GatewayRequest(context, listener, target, pathStart, prefixStart, trustForwarded: true) { LeavesForwarded = true })
        : gateway.RefuseAsync(context, found.Refusal!, service, found.Detail);

    // A host in the header alone says whom somebody wants to speak to, and not that he takes this for an HTTP proxy.
    private Task PassAsync(HttpContext context, string host, int start)
    {
        if (services.Outside != OutsidePolicy.Pass || start == 0)
            return gateway.RefuseAsync(context, GatewayRefusal.Outside, "", OutboundServices.OutsideDetail(host));
        return Hops.Of(context).AreSpent
            ? gateway.RefuseAsync(context, GatewayRefusal.Loop, "", Hops.Detail($"'{host}', outside the mesh"))
            : outside.ForwardAsync(context, host);
    }

    internal static int PathOf(string target)
    {
        var scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
            return target.Length;
        var slash = target.IndexOfAny(['/', '?'], scheme + 3);
        return slash < 0 ? target.Length : slash;
    }
}
