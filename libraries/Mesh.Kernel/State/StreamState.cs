namespace Mesh.Kernel.State;

/// <summary>Where one stream stands.</summary>
/// <param name="Version">Version of its last entry.</param>
/// <param name="Sequence">Sequence of its last entry.</param>
/// <param name="UnknownType">An entry type that this build does not know: commands to the stream are refused (<c>newer-log</c>).</param>
/// <param name="Quarantine">Why the stream is no longer folded: an evolve step threw on one of its entries.</param>
public sealed record StreamState(long Version, long Sequence, string? UnknownType = null, string? Quarantine = null)
{
    /// <summary>A stream without entries.</summary>
    public static StreamState None { get; } = new(0, 0);
}
