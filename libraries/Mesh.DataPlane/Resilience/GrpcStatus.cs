namespace Mesh.DataPlane.Resilience;

/// <summary>gRPC's statuses as numbers, and what they are in HTTP and the other way round, as Envoy and gRPC (A33) have it.</summary>
public static class GrpcStatus
{
    /// <summary>CANCELLED.</summary>
    public const int Cancelled = 1;

    /// <summary>UNKNOWN.</summary>
    public const int Unknown = 2;

    /// <summary>DEADLINE_EXCEEDED.</summary>
    public const int DeadlineExceeded = 4;

    /// <summary>PERMISSION_DENIED.</summary>
    public const int PermissionDenied = 7;

    /// <summary>RESOURCE_EXHAUSTED.</summary>
    public const int ResourceExhausted = 8;

    /// <summary>FAILED_PRECONDITION.</summary>
    public const int FailedPrecondition = 9;

    /// <summary>UNIMPLEMENTED.</summary>
    public const int Unimplemented = 12;

    /// <summary>INTERNAL.</summary>
    public const int Internal = 13;

    /// <summary>UNAVAILABLE.</summary>
    public const int Unavailable = 14;

    /// <summary>UNAUTHENTICATED, the highest there is.</summary>
    public const int Unauthenticated = 16;

    /// <summary>What a gRPC client makes of an HTTP status.</summary>
    public static int OfHttp(int status) => status switch
    {
        400 => Internal,
        401 => Unauthenticated,
        403 => PermissionDenied,
        404 => Unimplemented,
        429 or 502 or 503 or 504 => Unavailable,
        _ => Unknown,
    };

    /// <summary>What a gRPC status is to those who speak plain HTTP.</summary>
    public static int ToHttp(int status) => status switch
    {
        0 => 200,
        Cancelled => 499,
        3 or FailedPrecondition or 11 => 400,
        DeadlineExceeded => 504,
        5 => 404,
        6 or 10 => 409,
        PermissionDenied => 403,
        ResourceExhausted => 429,
        Unimplemented => 501,
        Unavailable => 503,
        Unauthenticated => 401,
        _ => 500,
    };
}
