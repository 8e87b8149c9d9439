namespace Mesh.Kernel.Log;

/// <summary>
/// Status streams are <c>module/namespace/name/status</c>: only their payloads may ever be dropped, history of intent is kept for good.
/// (A service or an instance may itself be named <c>status</c>; its streams have three and five parts.)
/// </summary>
public static class StatusStreams
{
    /// <summary>Whether the stream holds status.</summary>
    public static bool Is(string stream) => stream.EndsWith("/status", StringComparison.Ordinal) && stream.AsSpan().Count('/') == 3;

    /// <summary>Throws unless the stream holds status.</summary>
    /// <exception cref="ArgumentException">It holds intent.</exception>
    public static void Require(string stream)
    {
        if (!Is(stream)) throw new ArgumentException($"'{stream}' is not a status stream: its payloads are kept for good.", nameof(stream));
    }
}
