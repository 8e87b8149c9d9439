using Mesh.Kernel.Catalog;

namespace Mesh.Api.Rest;

/// <summary>Parameters that operations of a kind have in common.</summary>
public static class StandardParameters
{
    /// <summary><c>namespace</c> of one resource.</summary>
    public static Parameter<string?> Namespace { get; } =
        Parameter.Label("namespace", "Namespace of the service; `default` if unset.", fallback: ServiceKey.DefaultNamespace);

    /// <summary><c>namespace</c> of a list.</summary>
    public static Parameter<string?> OnlyNamespace { get; } =
        Parameter.Text("namespace", "Only this namespace; all if unset or `*`.");

    /// <summary><c>minSequence</c>.</summary>
    public static Parameter<long?> MinSequence { get; } = Parameter.Number("minSequence",
        "Wait (at most 10 s) until the answer is at this sequence, for example that of a write.", 0);

    /// <summary><c>consistency</c>.</summary>
    public static Parameter<string?> Consistency { get; } = Parameter.Text("consistency",
        "`strong`: at least as new as every write that was answered before; `local` (default): whatever this process has.");

    /// <summary><c>afterSequence</c>.</summary>
    public static Parameter<long?> AfterSequence { get; } =
        Parameter.Number("afterSequence", "Long-poll: the `sequence` of the list that the client has.", 0);

    /// <summary><c>wait</c>.</summary>
    public static Parameter<TimeSpan?> Wait { get; } = Parameter.Duration("wait",
        "How long to wait for a change, such as `30s` (the default), at most `3m`.", LongPoll.LongestWait);

    /// <summary><c>Idempotency-Key</c>, for what takes one without being a <see cref="OperationKind.Write"/>.</summary>
    public static Parameter IdempotencyKey { get; } = Parameter.Header("Idempotency-Key",
        "1 to 128 printable ASCII characters. The same key with the same request takes effect once (for 24 hours); with another "
            + "request it is refused with 422.");

    internal static IReadOnlyList<Parameter> OfReads { get; } = [MinSequence, Consistency];

    internal static IReadOnlyList<Parameter> OfWatches { get; } = [AfterSequence, Wait, .. OfReads];

    internal static IReadOnlyList<Parameter> OfWrites(string onlyIf) =>
    [
        IdempotencyKey,
        Parameter.Header("If-Match", "An ETag: the write counts only while the resource still has it, else 412."),
        Parameter.Header("If-None-Match", $"`*`: only if {onlyIf}, else 412."),
    ];
}
