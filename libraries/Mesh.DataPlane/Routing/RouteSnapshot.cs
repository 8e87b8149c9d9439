namespace Mesh.DataPlane.Routing;

/// <summary>One route: what it takes, and what becomes of it.</summary>
/// <param name="Name">Its name, or empty.</param>
/// <param name="Path">The test of the path.</param>
/// <param name="Action">What becomes of a request it takes.</param>
public sealed record RouteSnapshot(string Name, PathMatch Path, RouteAction Action)
{
    /// <summary>Tests of headers; all must pass.</summary>
    public IReadOnlyList<HeaderMatch> Headers { get; init; } = [];

    /// <summary>Tests of query parameters; all must pass.</summary>
    public IReadOnlyList<QueryMatch> Query { get; init; } = [];

    /// <summary>The faults put into its requests, or null.</summary>
    public FaultPolicy? Fault { get; init; }

    /// <summary>How many requests it lets through, or null for all. Routes may share one.</summary>
    public LocalRateLimit? Limit { get; init; }

    /// <summary>How its requests' headers are changed, or null.</summary>
    public HeaderMutations? RequestHeaders { get; init; }

    /// <summary>How its answers' headers are changed, or null.</summary>
    public HeaderMutations? ResponseHeaders { get; init; }

    /// <summary>Whether only gRPC requests are taken.</summary>
    public bool GrpcOnly { get; init; }

    /// <summary>Whether the route takes the request.</summary>
    public bool Takes(in RequestFacts request)
    {
        if (!Path.Matches(request.Path))
            return false;

        for (var i = 0; i < Headers.Count; i++)
        {
            if (!Headers[i].Matches(request))
                return false;
        }

        for (var i = 0; i < Query.Count; i++)
        {
            if (!Query[i].Matches(request.Query))
                return false;
        }

        return !GrpcOnly || request.Headers.Get("content-type")?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;
    }
}
