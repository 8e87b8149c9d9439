
namespace Mesh.Kernel.Values;

/// <summary>Checks names.</summary>
public static class Labels
{
    /// <summary>Longest DNS label (RFC 1123).</summary>
    public const int MaxLength = 63;

    /// <summary>Whether the text is a DNS label in lower case: 1 to 63 letters, digits and inner hyphens.</summary>
    public static bool IsDnsLabel(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxLength || text[0] == '-' || text[^1] == '-') return false;
        foreach (var c in text)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')) return false;
        }

        return true;
    }

    /// <summary>
    /// The text if it is a DNS label; else null with a fault. An unset one is a fault if there is no <paramref name="fallback"/>.
    /// </summary>
    public static string? Read(string? text, string field, string? fallback, Faults faults)
    {
        if (string.IsNullOrEmpty(text))
        {
            if (fallback is null && !faults.Has(field)) faults.Add(field, "missing", $"'{field}' is required.");
            return fallback;
        }

        if (IsDnsLabel(text)) return text;
        faults.Add(field, "not-a-dns-label",
            $"'{(text.Length <= 80 ? text : text[..80] + "…")}' is not a valid DNS label; use 1 to 63 lower-case letters, digits and "
                + "hyphens, with a letter or digit at both ends.");
        return null;
    }
}
