namespace Mesh.Contracts.Rest;

/// <summary>A refused request: problem details (RFC 9457, <c>application/problem+json</c>) with every fault, not only the first.</summary>
public sealed record ProblemAnswer
{
    /// <summary>URI of the kind of problem, or <c>about:blank</c>.</summary>
    public string? Type { get; init; }

    /// <summary>The kind of problem in a few words.</summary>
    public string? Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public int? Status { get; init; }

    /// <summary>What happened this time.</summary>
    public string? Detail { get; init; }

    /// <summary>Every fault.</summary>
    public IReadOnlyList<FaultAnswer>? Errors { get; init; }

    /// <summary>The trace in which it happened.</summary>
    public string? TraceId { get; init; }
}

/// <summary>One fault of a request.</summary>
/// <param name="Field">Where, as a JSON path such as <c>healthCheck.interval</c>; empty for the request as a whole.</param>
/// <param name="Code">Stable, such as <c>not-a-dns-label</c>.</param>
/// <param name="Message">What is wrong and what to do, for people.</param>
public sealed record FaultAnswer(string Field, string Code, string Message);
