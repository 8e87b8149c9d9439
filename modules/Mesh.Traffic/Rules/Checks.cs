using System.Text.RegularExpressions;
using Mesh.DataPlane.Requests;
using Mesh.DataPlane.Routing;
using Mesh.Kernel.Values;
using ValueMatch = Mesh.DataPlane.Routing.ValueMatch;

namespace Mesh.Traffic.Rules;

/// <summary>Checks of single values; each notes a fault and gives null where the value is wrong (Flow step 1).</summary>
internal static partial class Checks
{
    private static readonly HashSet<string> NotToChange = new(StringComparer.Ordinal)
    {
        "host", "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    };

    /// <summary>A path as it can be sent: begins with a slash, holds printable ASCII alone, and nothing that ends a path.</summary>
    public static string? Path(string? text, string field, Faults faults)
    {
        if (text is null || !Short(text, field, TrafficLimits.TextLength, faults)) return null;
        if (HeadSyntax.FaultOfPath(text) is null && !text.Contains('?')) return text;
        faults.Add(field, "not-a-path",
            $"'{Shortened(text)}' is not a valid path; a path begins with '/' and has printable ASCII without space, '?' and '#'. "
                + "Percent-encode the rest (%C3%A9 for é).");
        return null;
    }

    /// <summary>
    /// A path to compare with: one that no server reads in another way, since requests for the others are refused where a rule would
    /// differ.
    /// </summary>
    public static string? MatchedPath(string? text, string field, Faults faults)
    {
        if (Path(text, field, faults) is not { } path) return null;
        if (PathReading.Tolerant(path) is not { } other) return path;
        faults.Add(field, "ambiguous-path",
            $"Some servers read '{Shortened(path)}' as '{Shortened(other)}', so it distinguishes no request; compare with that.");
        return null;
    }

    /// <summary>A path to send in place of another: one that does not lead upwards, and that nobody takes for a host's name.</summary>
    public static string? SentPath(string? text, string field, Faults faults)
    {
        if (Path(text, field, faults) is not { } path) return null;
        if (PathReading.LeadsUp(path)) faults.Add(field, "not-a-path", $"'{Shortened(path)}' leads upwards; write the path that you mean.");
        else if (PathReading.NamesHost(path))
            faults.Add(field, "not-a-path",
                $"'{Shortened(path)}' begins with two slashes: what follows is a host to some servers (RFC 3986 §4.2). Write one.");
        else return path;
        return null;
    }

    /// <summary>A value to compare with, not empty.</summary>
    public static string? Value(string? text, string field, Faults faults)
    {
        if (text is null || !Short(text, field, TrafficLimits.TextLength, faults) || !Printable(text, field, faults)) return null;
        if (text.Length > 0) return text;
        faults.Add(field, "empty", "An empty text is compared with 'exact' only.");
        return null;
    }

    /// <summary>
    /// A regular expression that our data plane, gRPC's clients and Envoy all take: in linear time, and as <see cref="RegexDialect"/> has
    /// it.
    /// </summary>
    public static string? Regex(string? text, string field, Faults faults)
    {
        if (text is null || !Short(text, field, TrafficLimits.RegexLength, faults)) return null;
        if (text.Length == 0)
        {
            faults.Add(field, "empty", "A regular expression is required.");
            return null;
        }

        try
        {
            _ = new ValueMatch(ValueMatchKind.Regex, text, false);
        }
        catch (ArgumentException wrong)
        {
            faults.Add(field, "bad-regex", wrong.InnerException is NotSupportedException
                ? $"'{Shortened(text)}' cannot be matched in linear time: it has back-references, look-around, atomic groups or "
                    + "conditions, or repeats too much."
                : $"This is not a valid regular expression: {wrong.Message}");
            return null;
        }

        if (RegexDialect.Fault(text) is not { } fault) return text;
        faults.Add(field, "bad-regex", $"'{Shortened(text)}' is not the same to every xDS client: {fault}");
        return null;
    }

    /// <summary>The name of a header, in lower case.</summary>
    public static string? HeaderName(string? text, string field, Faults faults)
    {
        if (string.IsNullOrEmpty(text))
        {
            if (!faults.Has(field)) faults.Add(field, "missing", "A header's name is required.");
            return null;
        }

        if (text.Length <= 128 && Token().IsMatch(text)) return text.ToLowerInvariant();
        faults.Add(field, "not-a-header-name",
            $"'{Shortened(text)}' is not a valid header name; use letters, digits and any of !#$%&'*+-.^_`|~. Methods, paths and hosts "
                + "have fields of their own.");
        return null;
    }

    /// <summary>The name of a header that a route may change, in lower case.</summary>
    public static string? ChangedHeader(string text, string field, Faults faults)
    {
        if (HeaderName(text, field, faults) is not { } name) return null;
        if (name.StartsWith("x-mesh-", StringComparison.Ordinal))
        {
            faults.Add(field, "not-to-change", $"'{name}' is the mesh's own, as all that begins with x-mesh-, and cannot be changed.");
            return null;
        }

        if (!NotToChange.Contains(name)) return name;
        faults.Add(field, "not-to-change",
            name == "host" ? "The host is changed by 'rewrite.host'." : $"'{name}' belongs to the connection and cannot be changed.");
        return null;
    }

    /// <summary>The value of a header: printable ASCII, since beyond that each data plane would send other bytes.</summary>
    public static string? HeaderValue(string text, string field, Faults faults)
    {
        if (!Short(text, field, TrafficLimits.HeaderValueLength, faults)) return null;
        if (text.Any(c => c is < ' ' or > '~'))
            faults.Add(field, "bad-characters",
                "It has control characters or others beyond ASCII, which data planes would send in different ways; encode them.");
        else if (text.AsSpan().Trim(' ').Length != text.Length)
            faults.Add(field, "bad-characters", "It begins or ends with a blank, which no header's value does.");
        else
            return text;
        return null;
    }

    /// <summary>A percentage with up to four decimals; the fallback where unset.</summary>
    public static double Percent(double? number, string field, Faults faults)
    {
        if (number is not { } percent) return 100;
        if (percent is < 0 or > 100) faults.Add(field, "out-of-range", $"{percent} is out of range; a percentage is 0 to 100.");
        else if (Math.Abs(Math.Round(percent * 10_000) - percent * 10_000) > 1e-6)
            faults.Add(field, "too-fine", $"{percent} has more than four decimals, which is finer than xDS can express.");
        return percent;
    }

    /// <summary>A whole number in bounds; null where unset or wrong.</summary>
    public static int? Number(int? number, string field, int least, int most, string what, Faults faults)
    {
        if (number is null || (number >= least && number <= most)) return number;
        faults.Add(field, "out-of-range", $"{number} is out of range; {what} is {least} to {most}.");
        return null;
    }

    /// <summary>A duration in normal form; null where unset or wrong.</summary>
    public static string? Duration(string? text, string field, TimeSpan least, TimeSpan most, Faults faults) =>
        text is not null && Durations.Read(text, field, least, most, faults) is { } duration ? Durations.Write(duration) : null;

    /// <summary>A host, perhaps with a port.</summary>
    public static string? Host(string? text, string field, Faults faults)
    {
        if (text is null) return null;
        if (text.Length is > 0 and <= 255 && HostName().IsMatch(text) && HeadSyntax.FaultOfAuthority(text) is null)
            return text.ToLowerInvariant();
        faults.Add(field, "not-a-host",
            $"'{Shortened(text)}' is not a valid host; write a name or an address, such as shop.example or 10.0.0.1, with a port if it "
                + "needs one.");
        return null;
    }

    public static string Shortened(string text) => text.Length <= 80 ? text : text[..80] + "…";

    private static bool Short(string text, string field, int most, Faults faults)
    {
        if (text.Length <= most) return true;
        faults.Add(field, "too-long", $"It has {text.Length} characters; at most {most} are allowed.");
        return false;
    }

    private static bool Printable(string text, string field, Faults faults)
    {
        if (!text.Any(char.IsControl)) return true;
        faults.Add(field, "bad-characters", "It has control characters.");
        return false;
    }

    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+.^_`|~-]+\z")]
    private static partial Regex Token();

    [GeneratedRegex(@"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)(:[0-9]{1,5})?\z")]
    private static partial Regex HostName();
}
