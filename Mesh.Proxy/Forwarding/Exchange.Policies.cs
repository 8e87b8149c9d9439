using System.Globalization;
using Mesh.DataPlane.Balancing;
using Mesh.DataPlane.Loads;
using Mesh.DataPlane.Resilience;
using Mesh.DataPlane.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>What a route's policies make of a request and of its answers.</summary>
internal sealed partial class Exchange
{
    private const string GrpcStatusHeader = "grpc-status";
    private bool _isCopy;
    private ulong? _hash;
    private string? _setCookie;

    /// <summary>How often it has been sent.</summary>
    public int Attempts { get; set; }

    /// <summary>The cluster it is being sent to.</summary>
    public ClusterSnapshot? Cluster { get; set; }

    /// <summary>Whether it is sent again, or null where the route does not say so.</summary>
    public Retries? Retries { get; set; }

    /// <summary>The time of one attempt, while it runs.</summary>
    public CancellationTokenSource? PerTry { get; set; }

    /// <summary>Whether the last answer was not taken, so that the request is sent again.</summary>
    public bool Again { get; set; }

    /// <summary>The last answer's status; 0 while there was none.</summary>
    public int Status { get; private set; }

    /// <summary>The gRPC status that the last answer's headers or trailers tell, or null.</summary>
    public int? Grpc { get; private set; }

    /// <summary>Why the last answer was broken off at its trailers, or null.</summary>
    public string? TrailerFault { get; private set; }

    /// <summary>The headers of the answer.</summary>
    public IHeaderDictionary Answer => context.Response.Headers;

    /// <summary>What routing may look at.</summary>
    public RequestFacts Facts => new(context.Request.Method, Path, Query, this);

    /// <summary>Whether the route or the cluster asks for more than that the request is forwarded.</summary>
    public bool HasPolicies => Action is { Retry: not null } or { Mirrors.Count: > 0 } || Fault is not null || listener.Fallback is not null;

    /// <summary>The faults that are put into the request, or null.</summary>
    public FaultPolicy? Fault => Target?.Fault ?? Route?.Fault;

    /// <summary>Forgets the last answer.</summary>
    public void Begin(ClusterSnapshot cluster, EndpointSnapshot endpoint)
    {
        (Cluster, Endpoint, Again, Status, Grpc, IsUpgraded, TrailerFault) = (cluster, endpoint, false, 0, null, false, null);
        Attempts++;
    }

    /// <summary>The request's hash for a cluster that chooses by it; anything where the route does not say what it is made of.</summary>
    public ulong HashFor(ClusterSnapshot cluster)
    {
        if (!cluster.Config.Policy.Hashes())
            return 0;
        return _hash ??= HashPolicy.Of(Action!.Hash, Facts, Client(), Random.Shared, out _setCookie) ?? (ulong)Random.Shared.NextInt64();
    }

    /// <summary>The same request as it goes to another endpoint, of which the traces know nothing.</summary>
    public Exchange CopyFor(EndpointSnapshot endpoint) => new(context, listener, target, pathStart, prefixStart, trustForwarded)
    {
        Route = Route,
        Target = Target,
        Action = Action,
        MatchedLength = MatchedLength,
        Endpoint = endpoint,
        LeavesForwarded = LeavesForwarded,
        _isCopy = true,
    };

    /// <summary>Whether the connection has become another protocol's: how long that lasts says nothing of the service.</summary>
    public bool IsUpgraded { get; private set; }

    /// <summary>
    /// Whether the last answer says that the request's way leads in a circle. A client can bring that about by what it says of its hops, so it is nobody's failure.
    /// </summary>
    public bool IsLoop => Status == StatusCodes.Status508LoopDetected;

    /// <summary>How the last answer is to be judged.</summary>
    public AttemptOutcome Outcome() => Judge(Status, Grpc);

    /// <summary>What a report says of the last attempt. A client that leaves with its answer's status has had its answer.</summary>
    public LoadOutcome LoadOutcome(Failure? failure) => failure switch
    {
        { IsClients: true } when Grpc is not null && Outcome() == AttemptOutcome.Success => DataPlane.Loads.LoadOutcome.Succeeded,
        { IsClients: true } when Status > 0 && Outcome() != AttemptOutcome.Success => DataPlane.Loads.LoadOutcome.Failed,
        { IsClients: true } => DataPlane.Loads.LoadOutcome.Abandoned,
        null when IsLoop => DataPlane.Loads.LoadOutcome.Abandoned,
        null when Outcome() == AttemptOutcome.Success => DataPlane.Loads.LoadOutcome.Succeeded,
        _ => DataPlane.Loads.LoadOutcome.Failed,
    };

    /// <summary>How an answer is to be judged; without a status there was none.</summary>
    public static AttemptOutcome Judge(int status, int? grpcStatus)
    {
        status = grpcStatus is > 0 and { } grpc ? GrpcStatus.ToHttp(grpc) : status;
        return status switch
        {
            0 or (>= 502 and <= 504) => AttemptOutcome.GatewayFailure,
            >= 500 => AttemptOutcome.Failure,
            _ => AttemptOutcome.Success,
        };
    }

    /// <inheritdoc/>
    public override ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        if (Cluster?.Config.Outliers is not null || Answers.IsGrpc(context.Request))
            Grpc ??= GrpcOf(proxyResponse.TrailingHeaders);
        if (!LeavesForwarded)
            ClientHead.Strip(proxyResponse.TrailingHeaders);
        if (httpContext.Response.SupportsTrailers() && AnswerCheck.FaultOfTrailers(proxyResponse) is { } fault)
        {
            // The forwarder catches nothing here, and would go on to end the answer as if it were whole.
            TrailerFault = fault;
            httpContext.Abort();
            return ValueTask.CompletedTask;
        }

        return base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
    }

    /// <summary>Where it was sent, for those who look for a fault.</summary>
    public void Tell(IHeaderDictionary headers)
    {
        headers["x-mesh-route"] = Printable(Route?.Name ?? "");
        if (Target is not null)
            headers["x-mesh-cluster"] = Printable(Target.Cluster);
        if (Endpoint is not null)
            headers["x-mesh-endpoint"] = Endpoint.State.Address;
        if (FellBack)
            headers["x-mesh-fallback"] = Printable(listener.Fallback!);
        headers["x-mesh-attempts"] = Attempts.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Changes the headers of an answer as the route says.</summary>
    public void ChangeAnswer(IHeaderDictionary headers)
    {
        Target?.ResponseHeaders?.Apply(new AnswerHeaders(headers));
        Route?.ResponseHeaders?.Apply(new AnswerHeaders(headers));
        if (_setCookie is not null)
            headers.Append("Set-Cookie", _setCookie);
    }

    /// <summary>The gRPC status that headers or trailers tell, or null.</summary>
    public static int? GrpcOf(System.Net.Http.Headers.HttpResponseHeaders headers) =>
        headers.NonValidated.TryGetValues(GrpcStatusHeader, out var value)
        && int.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : null;

    /// <summary>Looks at an answer: whether it goes to the client or the request to an endpoint once more.</summary>
    private bool Keeps(HttpResponseMessage response)
    {
        // The time of an attempt is over when it has an answer; how long that may go on is the route's timeout's business.
        PerTry?.CancelAfter(Timeout.InfiniteTimeSpan);
        Status = (int)response.StatusCode;
        // Over HTTP/2 an upgrade is an extended CONNECT, which is answered with 200 (RFC 8441).
        IsUpgraded = Status == StatusCodes.Status101SwitchingProtocols || (Status == StatusCodes.Status200OK && response.RequestMessage?.Headers.Protocol is not null);
        if (IsUpgraded) Stands();
        if (Retries is null && Cluster?.Config.Outliers is null && listener.Fallback is null && !Answers.IsGrpc(context.Request))
            return true;
        Grpc = GrpcOf(response.Headers);
        Again = Retries?.Takes(Cluster!, Status, Grpc) == true;
        return !Again && !FallsBackFrom(Status, Grpc);
    }

    private string? HostToSend()
    {
        if (Action?.HostRewrite is { } host)
            return host;
        return Action?.HostFromHeader is { } name && context.Request.Headers[name].ToString() is { Length: > 0 } told ? told : Endpoint?.Config.HostName;
    }

    private string? Client()
    {
        if (trustForwarded && context.Request.Headers[ForwardedFor].ToString() is { Length: > 0 } claims)
            return claims[(claims.LastIndexOf(',') + 1)..].Trim();
        return context.Connection.RemoteIpAddress?.ToString();
    }

    private static string Printable(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?'));
}
