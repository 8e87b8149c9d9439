using System.Diagnostics;
using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Configuration;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;
using Mesh.Proxy.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Finds the service, the route and the cluster of a request in the snapshot that is in force, and has it forwarded. It stands before
/// endpoint routing: a request for the mesh passes nothing else. What it answers itself is measured here, the rest where it is forwarded.
/// Flow step 9.
/// </summary>
internal sealed class Gateway(
    ConfigState config, ServiceLookup lookup, Forwarding forwarding, RateLimiting limits, GatewayMetrics metrics,
    IOptions<GatewayOptions> options, ILogger<Gateway> logger)
{
    private const int LongestHost = 256;
    private readonly bool _debugHeaders = options.Value.DebugHeaders;
    private readonly bool _accessLog = options.Value.AccessLog;
    private readonly bool _trustForwarded = options.Value.TrustForwardedHeaders;

    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="ownEndpoints">What answers for the gateway itself.</param>
    public Task HandleAsync(HttpContext context, RequestDelegate ownEndpoints)
    {
        var snapshot = config.Snapshot;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return HttpMethods.IsConnect(context.Request.Method)
            && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true }
            ? MeasureAsync(metrics.Begun(), context, "",
                Answers.RefuseAsync(context, GatewayRefusal.BadMethod, "", "The gateway is not a tunnel: CONNECT is not forwarded."))
            : RouteAsync(context, snapshot, target, ownEndpoints);
    }

    private Task RouteAsync(HttpContext context, RoutingSnapshot snapshot, string target, RequestDelegate ownEndpoints)
    {
        Span<char> buffer = stackalloc char[LongestHost];
        var read = RequestTarget.Read(target, context.Request.Headers.Host.ToString(), buffer);
        if (read.Service.IsEmpty)
            return AnswerNamelessAsync(context, target, target.AsSpan(read.PrefixStart));
        if (!read.ByHost && IsOwnHealth(read.Service, target.AsSpan(read.PathStart)))
            return AnswerHealthAsync(context, ownEndpoints);

        if (snapshot.Listeners.Find(read.Service) is not { } listener)
            return LookUpAsync(context, read.Service.ToString(), target, read.PathStart, read.PrefixStart);

        var request = new GatewayRequest(context, listener, target, read.PathStart, read.PrefixStart, _trustForwarded);
        return ServeAsync(context, snapshot, request);
    }

    /// <summary>Has a request answered whose service is known.</summary>
    public Task ServeAsync(HttpContext context, RoutingSnapshot snapshot, GatewayRequest request)
    {
        if (_debugHeaders)
            context.Response.OnStarting(static state => AddDebugHeadersAsync((GatewayRequest)state), request);
        return _accessLog
            ? LogAsync(context, request, Stopwatch.GetTimestamp(), AnswerByRouteAsync(context, snapshot, request))
            : AnswerByRouteAsync(context, snapshot, request);
    }

    /// <summary>Answers a request that names no service: with the list of those there are, if that is what it asks for.</summary>
    /// <param name="context">The request.</param>
    /// <param name="target">Its target.</param>
    /// <param name="path">The path and query in it.</param>
    public Task AnswerNamelessAsync(HttpContext context, string target, ReadOnlySpan<char> path)
    {
        if (target == "*")
            return RefuseAsync(
                context, GatewayRefusal.ForServer, "", "OPTIONS * is not forwarded: it can be sent to no endpoint as it is.");
        if (!path.IsEmpty && path is not "/" && !path.StartsWith("/?"))
            return RefuseAsync(context, GatewayRefusal.UnknownService, "",
                $"The path '{path}' begins with no service's name. / lists those there are.");
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            return MeasureAsync(metrics.Begun(), context, "",
                config.Ready.IsCompleted ? ServiceIndex.AnswerAsync(context, config) : RefuseNotReadyAsync(context, ""));
        return MeasureAsync(metrics.Begun(), context, "", Answers.RefuseAsync(
            context, GatewayRefusal.OwnMethod, "",
            $"{context.Request.Method} names no service; / is the list of services, for GET and HEAD.",
            headers => headers.Allow = "GET, HEAD"));
    }

    /// <summary>Answers a request that asks for the gateway's own health.</summary>
    public Task AnswerHealthAsync(HttpContext context, RequestDelegate ownEndpoints) =>
        HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
            ? ownEndpoints(context)
            : MeasureAsync(metrics.Begun(), context, "", Answers.RefuseAsync(
                context, GatewayRefusal.HealthMethod, "", $"{context.Request.Method} is not possible here; use GET or HEAD for health.",
                headers => headers.Allow = "GET, HEAD"));

    /// <summary>Refuses a request of which no service can be said.</summary>
    public Task RefuseAsync(HttpContext context, GatewayRefusal refusal, string service, string detail,
        Action<IHeaderDictionary>? headers = null) =>
        MeasureAsync(metrics.Begun(), context, "", Answers.RefuseAsync(context, refusal, service, detail, headers));

    // An orchestrator that is given one port asks on that one. No registration may take these two from it; a service
    // of this name is still reached by its host name.
    internal static bool IsOwnHealth(ReadOnlySpan<char> service, ReadOnlySpan<char> rest) =>
        service is "health" && (rest is "/live" or "/ready");

    private Task AnswerByRouteAsync(HttpContext context, RoutingSnapshot snapshot, GatewayRequest request)
    {
        var listener = request.Listener;
        var (outcome, route, otherPath) = RouteDecision.Of(listener, request.Facts);
        if (outcome == RouteOutcome.NotHttp)
        {
            return MeasureAsync(metrics.Begun(), context, listener.Name, Answers.RefuseAsync(context, GatewayRefusal.NotHttp, listener.Name,
                $"Service '{listener.Name}' speaks tcp: it is reached by a port of its own (Mesh__Tcp__Listen=<port>={listener.Name}) "
                    + "or through a sidecar's tunnel, not by HTTP."));
        }

        if (request.IsForServer)
        {
            return MeasureAsync(metrics.Begun(), context, listener.Name, Answers.RefuseAsync(
                context, GatewayRefusal.ForServer, listener.Name, "OPTIONS * is not forwarded: it can be sent to no endpoint as it is."));
        }

        if (outcome == RouteOutcome.Ambiguous)
        {
            return RefuseAsync(context, GatewayRefusal.Ambiguous, listener.Name,
                $"Some servers read the path '{request.Path}' as '{otherPath}', which another route of service '{listener.Name}' takes; "
                    + "send the path that you mean.");
        }

        if (route is null)
        {
            return MeasureAsync(metrics.Begun(), context, listener.Name, Answers.RefuseAsync(context, GatewayRefusal.NoRoute, listener.Name,
                $"Service '{listener.Name}' has no route for {context.Request.Method} {request.Path}."));
        }

        request.Route = route;
        if (route.Action is RouteAction.Forward && Hops.Of(context).AreSpent)
        {
            return MeasureAsync(metrics.Begun(), context, listener.Name, Answers.RefuseAsync(
                context, GatewayRefusal.Loop, listener.Name,
                Hops.Detail($"Service '{listener.Name}'{(route.Name.Length > 0 ? $", route '{route.Name}'" : "")}")));
        }

        if (route.Limit is { } limit && limits.TryRefuseAsync(context, listener.Name, limit) is { } refused)
            return MeasureAsync(metrics.Begun(), context, listener.Name, refused);
        return listener.Shared is { } tokens
            ? FollowRouteWithinAsync(context, snapshot, request, tokens)
            : FollowRouteAsync(context, snapshot, request);
    }

    private async Task FollowRouteWithinAsync(HttpContext context, RoutingSnapshot snapshot, GatewayRequest request, SharedTokens tokens)
    {
        var begun = metrics.Begun();
        if (await limits.TryRefuseAsync(context, request.Listener.Name, tokens))
            metrics.Ended(context, request.Listener.Name, begun);
        else
            await FollowRouteAsync(context, snapshot, request);
    }

    private Task FollowRouteAsync(HttpContext context, RoutingSnapshot snapshot, GatewayRequest request)
    {
        var (listener, route) = (request.Listener, request.Route!);
        switch (route.Action)
        {
            case RouteAction.Forward forward:
                if (UpstreamAddress.FaultOfRewrite(request, route, forward) is { } fault)
                    return RefuseAsync(context, GatewayRefusal.Malformed, listener.Name, $"This request cannot be sent on: {fault}.");
                request.Call = new CallState(request, CallPlan.Make(listener, route, forward), request.Routing ?? lookup);
                return forwarding.ForwardAsync(request, request.Call, snapshot);
            case RouteAction.Redirect redirect:
                AnswerChanges.Apply(context.Response.Headers, route);
                return MeasureAsync(metrics.Begun(), context, listener.Name, Answers.RedirectAsync(context, redirect, request));
            default:
                AnswerChanges.Apply(context.Response.Headers, route);
                return MeasureAsync(
                    metrics.Begun(), context, listener.Name, Answers.RespondAsync(context, (RouteAction.Respond)route.Action));
        }
    }

    private static Task AddDebugHeadersAsync(GatewayRequest request)
    {
        AnswerChanges.Tell(request);
        return Task.CompletedTask;
    }

    private async Task LogAsync(HttpContext context, GatewayRequest request, long begun, Task answered)
    {
        var status = StatusCodes.Status500InternalServerError;
        try
        {
            await answered;
            status = context.Response.StatusCode;
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            status = StatusCodes.Status499ClientClosedRequest;
            throw;
        }
        finally
        {
            var call = request.Call;
            logger.Request(
                context.Request.Method, request.Path.ToString(), request.Listener.Name, request.Route?.Name ?? "", status,
                call?.Endpoint?.State.Address ?? "", call?.Attempts ?? 0, call?.Plan.IsFallback == true ? call.Plan.Cluster : "",
                RequestEnd.ReasonOf(context) ?? "",
                Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
    }

    private async Task LookUpAsync(HttpContext context, string service, string target, int pathStart, int prefixStart)
    {
        var begun = metrics.Begun();
        var snapshot = await lookup.AskAsync(service);
        if (snapshot.Listeners.Find(service) is { } listener)
            await ServeAsync(context, snapshot, new GatewayRequest(context, listener, target, pathStart, prefixStart, _trustForwarded));
        else
            await MeasureAsync(begun, context, "", RefuseUnknownAsync(context, service));
    }

    private Task RefuseUnknownAsync(HttpContext context, string service)
    {
        // What an earlier process knew tells nothing of what has come since.
        return config.Confirmed
            ? Answers.RefuseAsync(context, GatewayRefusal.UnknownService, service,
                $"There is no service '{service}' in the mesh. / lists those there are.")
            : RefuseNotReadyAsync(context, service);
    }

    private Task RefuseNotReadyAsync(HttpContext context, string service) => Answers.RefuseAsync(context, GatewayRefusal.NotReady, service,
        config.Restored
            ? "No control plane has confirmed the configuration yet; services of the last good configuration are forwarded meanwhile."
            : "No configuration has come from the control plane yet; this lasts until it can be reached.");

    /// <summary>Measures an answer of the gateway's own; the service is empty where the request names none that exists.</summary>
    private async Task MeasureAsync(long begun, HttpContext context, string service, Task answer)
    {
        try
        {
            await answer;
        }
        finally
        {
            metrics.Ended(context, service, begun);
        }
    }
}
