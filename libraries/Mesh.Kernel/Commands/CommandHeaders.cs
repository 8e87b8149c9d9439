namespace Mesh.Kernel.Commands;

/// <summary>HTTP headers (REST) and request metadata (gRPC) that a command carries besides its body; all optional.</summary>
public static class CommandHeaders
{
    /// <summary>At most 128 characters: the same key with the same request is done once.</summary>
    public const string IdempotencyKey = "idempotency-key";

    /// <summary>An ETag: the command counts only while the resource still has it.</summary>
    public const string IfMatch = "if-match";

    /// <summary>Who asks, for example <c>reconciler:discovery-health</c>; taken on trust until there is authentication.</summary>
    public const string Actor = "mesh-actor";

    /// <summary><c>EventId</c> (UUID) of the entry that a reconciler answers.</summary>
    public const string CausationId = "mesh-causation-id";

    /// <summary>One more than that entry's depth; a decimal number.</summary>
    public const string Depth = "mesh-depth";
}
