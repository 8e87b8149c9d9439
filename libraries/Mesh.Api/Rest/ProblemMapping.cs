using Grpc.Core;
using Mesh.Kernel.Commands;

namespace Mesh.Api.Rest;

/// <summary>The one place where kinds of refusal become statuses, for REST (RFC 9110) and gRPC.</summary>
public static class ProblemMapping
{
    /// <summary>The HTTP status.</summary>
    public static int ToHttpStatus(this RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => 400,
        RefusalKind.Forbidden => 403,
        RefusalKind.NotFound => 404,
        RefusalKind.Conflict => 409,
        RefusalKind.PreconditionFailed => 412,
        RefusalKind.TooLarge => 413,
        RefusalKind.KeyReused => 422,
        RefusalKind.LimitReached => 429,
        _ => 503,
    };

    /// <summary>The gRPC status.</summary>
    public static StatusCode ToGrpcStatus(this RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid or RefusalKind.KeyReused => StatusCode.InvalidArgument,
        RefusalKind.Forbidden => StatusCode.PermissionDenied,
        RefusalKind.NotFound => StatusCode.NotFound,
        RefusalKind.Conflict => StatusCode.Aborted,
        RefusalKind.PreconditionFailed => StatusCode.FailedPrecondition,
        RefusalKind.TooLarge or RefusalKind.LimitReached => StatusCode.ResourceExhausted,
        _ => StatusCode.Unavailable,
    };

    /// <summary>The kind in a few words.</summary>
    public static string ToTitle(this RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => "The request is invalid",
        RefusalKind.Forbidden => "Not permitted",
        RefusalKind.NotFound => "Not found",
        RefusalKind.Conflict => "It conflicts with the present state",
        RefusalKind.PreconditionFailed => "A precondition is not met",
        RefusalKind.TooLarge => "The request is too large",
        RefusalKind.KeyReused => "The Idempotency-Key was used for another request",
        RefusalKind.LimitReached => "A limit is reached",
        _ => "Not available now",
    };
}
