using System.Buffers;

namespace Mesh.DataPlane.Requests;

/// <summary>
/// How else a server may read a path. Paths are matched and sent as they came, byte for byte; but <c>/x/../admin</c>, <c>//admin</c>,
/// <c>/%61dmin</c>, <c>/admin%2f</c>, <c>/admin;x</c> and <c>\admin</c> are <c>/admin</c> to some. Where a rule would decide otherwise for
/// that, nobody can say which the upstream means, and the request is refused. Flow step 9.
/// </summary>
public static class PathReading
{
    private static readonly SearchValues<char> Suspicious = SearchValues.Create("%;\\");

    /// <summary>
    /// The path as the most tolerant server reads it: escapes decoded once, back-slashes as slashes, parameters of segments left out,
    /// slashes merged, dot segments resolved. Null where that is what came.
    /// </summary>
    public static string? Tolerant(ReadOnlySpan<char> path)
    {
        if (!path.ContainsAny(Suspicious) && !path.Contains("//", StringComparison.Ordinal)
            && !path.Contains("/.", StringComparison.Ordinal))
            return null;
        var segments = new List<string>();
        var plain = Decoded(path).Replace('\\', '/');
        foreach (var range in plain.AsSpan().Split('/'))
        {
            var segment = plain.AsSpan()[range];
            if (segment.IndexOf(';') is >= 0 and var parameters)
                segment = segment[..parameters];
            if (segment is "..")
            {
                if (segments.Count > 0)
                    segments.RemoveAt(segments.Count - 1);
            }
            else if (segment is not ("" or "."))
            {
                segments.Add(segment.ToString());
            }
        }

        var end = segments.Count > 0
            && (plain.EndsWith('/') || plain.EndsWith("/.", StringComparison.Ordinal) || plain.EndsWith("/..", StringComparison.Ordinal))
            ? "/"
            : "";
        var read = $"/{string.Join('/', segments)}{end}";
        return path.SequenceEqual(read) ? null : read;
    }

    /// <summary>Whether a path has a segment that leads upwards, plain or escaped. A query is not looked at.</summary>
    public static bool LeadsUp(ReadOnlySpan<char> path) => StepsUp(path) > 0;

    /// <summary>How many segments of a path lead upwards, plain or escaped. A query is not looked at.</summary>
    public static int StepsUp(ReadOnlySpan<char> path)
    {
        if (path.IndexOf('?') is >= 0 and var query)
            path = path[..query];
        if (!path.Contains("..", StringComparison.Ordinal) && !path.Contains("%2e", StringComparison.OrdinalIgnoreCase))
            return 0;
        var (plain, steps) = (Decoded(path), 0);
        foreach (var range in plain.AsSpan().SplitAny('/', '\\'))
        {
            var segment = plain.AsSpan()[range];
            if (segment is ".." || segment.StartsWith("..;", StringComparison.Ordinal))
                steps++;
        }

        return steps;
    }

    /// <summary>
    /// Whether what follows the first slash is a host's name to those who read a path as a reference (RFC 3986 §4.2; a browser takes a
    /// back-slash for a slash).
    /// </summary>
    public static bool NamesHost(ReadOnlySpan<char> path) => path.Length > 1 && path[0] == '/' && path[1] is '/' or '\\';

    private static string Decoded(ReadOnlySpan<char> path)
    {
        if (!path.Contains('%'))
            return path.ToString();
        var decoded = new System.Text.StringBuilder(path.Length);
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == '%' && i + 2 < path.Length && char.IsAsciiHexDigit(path[i + 1]) && char.IsAsciiHexDigit(path[i + 2]))
            {
                var character = (char)Convert.FromHexString(path.Slice(i + 1, 2))[0];
                // Rules hold printable ASCII alone; and what an escaped percent sign begins is nobody's escape.
                if (character is > ' ' and <= '~' and not '%')
                {
                    decoded.Append(character);
                    i += 2;
                    continue;
                }
            }

            decoded.Append(path[i]);
        }

        return decoded.ToString();
    }
}
