using Mesh.Contracts.Text;

namespace Mesh.Kernel.Commands;

/// <summary>Why a command is refused; maps once to an HTTP status (RFC 9110) and a gRPC status, see <c>ProblemMapping</c>.</summary>
public enum RefusalKind
{
    /// <summary>400 / INVALID_ARGUMENT.</summary>
    Invalid,

    /// <summary>403 / PERMISSION_DENIED: who asks has not shown a right to it.</summary>
    Forbidden,

    /// <summary>404 / NOT_FOUND.</summary>
    NotFound,

    /// <summary>409 / ABORTED: such as an older incarnation.</summary>
    Conflict,

    /// <summary>412 / FAILED_PRECONDITION: If-Match does not hold.</summary>
    PreconditionFailed,

    /// <summary>413 / RESOURCE_EXHAUSTED: one thing is too large.</summary>
    TooLarge,

    /// <summary>422 / INVALID_ARGUMENT: an Idempotency-Key came again with another request.</summary>
    KeyReused,

    /// <summary>429 / RESOURCE_EXHAUSTED: a limit of the namespace is reached.</summary>
    LimitReached,

    /// <summary>
    /// 503 / UNAVAILABLE: the log cannot be written, or whether it was is unknown; safe to repeat with the same Idempotency-Key.
    /// </summary>
    Unavailable,
}

/// <summary>
/// One fault. Field and message may quote what somebody has sent, and end up in logs and on terminals: whatever they are made of is
/// printable.
/// </summary>
/// <param name="Field">Where: a JSON path of the request such as <c>healthCheck.interval</c>; empty for the request as a whole.</param>
/// <param name="Code">Stable, kebab-case, such as <c>not-a-dns-label</c>.</param>
/// <param name="Message">What is wrong and what to do, for people.</param>
public sealed record Problem(string Field, string Code, string Message)
{
    /// <summary>Where: a JSON path of the request; empty for the request as a whole.</summary>
    public string Field { get; init; } = Printable.Of(Field);

    /// <summary>What is wrong and what to do, for people.</summary>
    public string Message { get; init; } = Printable.Of(Message);
}

/// <summary>A refusal: its kind and every fault found, never only the first.</summary>
public sealed record Refusal(RefusalKind Kind, IReadOnlyList<Problem> Problems)
{
    /// <summary>A refusal with one fault.</summary>
    public static Refusal Of(RefusalKind kind, string field, string code, string message) => new(kind, [new Problem(field, code, message)]);
}
