namespace Mesh.Tests.Conformance;

/// <summary>How a call ended, in words that HTTP and gRPC share.</summary>
internal enum Outcome
{
    /// <summary>200; OK.</summary>
    Ok,

    /// <summary>500; INTERNAL.</summary>
    Internal,

    /// <summary>503; UNAVAILABLE.</summary>
    Unavailable,

    /// <summary>504 or no answer within the caller's own time; DEADLINE_EXCEEDED.</summary>
    TimedOut,

    /// <summary>404; UNIMPLEMENTED.</summary>
    NotFound,

    /// <summary>429; RESOURCE_EXHAUSTED.</summary>
    TooMuch,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>The same outcome in both languages.</summary>
internal static class Outcomes
{
    private static readonly (Outcome Outcome, int Http, int Grpc)[] All =
        [(Outcome.Ok, 200, 0), (Outcome.Internal, 500, 13), (Outcome.Unavailable, 503, 14), (Outcome.TimedOut, 504, 4),
            (Outcome.NotFound, 404, 12), (Outcome.TooMuch, 429, 8)];

    public static Outcome OfHttp(int status) =>
        All.FirstOrDefault(o => o.Http == status, (Outcome: Outcome.Other, Http: 0, Grpc: 0)).Outcome;

    public static Outcome OfGrpc(int status) =>
        All.FirstOrDefault(o => o.Grpc == status, (Outcome: Outcome.Other, Http: 0, Grpc: 0)).Outcome;

    public static int ToHttp(Outcome outcome) => All.Single(o => o.Outcome == outcome).Http;

    public static int ToGrpc(Outcome outcome) => All.Single(o => o.Outcome == outcome).Grpc;
}
