namespace Mesh.Traffic.Rules;

/// <summary>The names of gRPC's statuses that fail a call.</summary>
internal static class GrpcStatusNames
{
    private static readonly string[] Names =
    [
        "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    /// <summary>The status's number, 1 to 16; null for another name.</summary>
    public static uint? CodeOf(string name) => Array.IndexOf(Names, name) is var index and >= 0 ? (uint)index + 1 : null;
}
