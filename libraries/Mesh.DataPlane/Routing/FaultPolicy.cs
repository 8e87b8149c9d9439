namespace Mesh.DataPlane.Routing;

/// <summary>Faults that a route injects into requests: <c>envoy.extensions.filters.http.fault.v3.HTTPFault</c>.</summary>
public sealed record FaultPolicy
{
    /// <summary>A million: shares are so many of it.</summary>
    public const int Whole = 1_000_000;

    /// <summary>How long requests are held up, or null.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>The share of requests held up, of a million.</summary>
    public int DelayShare { get; init; }

    /// <summary>The HTTP status with which requests are refused, or null.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>The gRPC status with which requests are refused, or null.</summary>
    public int? GrpcStatus { get; init; }

    /// <summary>The share of requests refused, of a million.</summary>
    public int AbortShare { get; init; }

    /// <summary>How many requests may be held up at a time; null for any number.</summary>
    public int? MaxActive { get; init; }

    /// <summary>Only requests that pass all of these are concerned.</summary>
    public IReadOnlyList<HeaderMatch> Headers { get; init; } = [];

    /// <summary>Whether the request is one that faults may be put into.</summary>
    public bool Concerns(in RequestFacts request)
    {
        for (var i = 0; i < Headers.Count; i++)
        {
            if (!Headers[i].Matches(request))
                return false;
        }

        return true;
    }

    /// <summary>Draws whether a request is one of a share.</summary>
    public static bool Draw(int share, Random random) => share >= Whole || (share > 0 && random.Next(Whole) < share);
}

/// <summary>A cluster that gets copies of a share of the requests, whose answers nobody reads.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Share">The share, of a million.</param>
public sealed record MirrorPolicy(string Cluster, int Share);
