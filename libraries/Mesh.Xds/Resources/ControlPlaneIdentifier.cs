using System.Globalization;

namespace Mesh.Xds.Resources;

/// <summary>
/// What responses carry as <c>control_plane.identifier</c>: who answered, and which position of which log the answer stands for. A client
/// gives the log back when it connects again, so that a position of one log is never held against another. Data planes of the mesh also get
/// the trace that the response is a part of: xDS has no place for it, and every other client ignores this field.
/// </summary>
public static class ControlPlaneIdentifier
{
    private const char Separator = ';';

    /// <summary><c>name@logid/epoch/sequence[;traceparent]</c>, for example <c>cp-1@0198a0000000700080000000000000aa/1/4711</c>.</summary>
    /// <param name="name">The control plane's.</param>
    /// <param name="log">The log's identity, <c>logid/epoch</c>; empty before there is one, then it is left out.</param>
    /// <param name="sequence">The log sequence the answer stands for.</param>
    /// <param name="trace">The trace it is a part of (W3C <c>traceparent</c>), or null.</param>
    public static string Format(string name, string log, long sequence, string? trace = null) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{name}@{log}{(log.Length == 0 ? "" : "/")}{sequence}{(trace is null ? "" : $"{Separator}{trace}")}");

    /// <summary>The trace that the response is a part of (W3C <c>traceparent</c>), or null.</summary>
    public static string? TraceOf(string identifier) => identifier.IndexOf(Separator) is >= 0 and var at ? identifier[(at + 1)..] : null;

    /// <summary>
    /// The log's identity, <c>logid/epoch</c>; empty where the identifier, or another control plane's in its place, names none.
    /// </summary>
    public static string LogOf(string identifier)
    {
        var position = identifier[(identifier.LastIndexOf('@') + 1)..];
        var sequence = position.LastIndexOf('/');
        return sequence < 0 || position.Length == identifier.Length ? "" : position[..sequence];
    }
}
