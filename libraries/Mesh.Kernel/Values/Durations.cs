using System.Globalization;

namespace Mesh.Kernel.Values;

/// <summary>
/// Durations as people write them: a whole number and <c>ms</c>, <c>s</c>, <c>m</c> or <c>h</c>, for example <c>250ms</c>.
/// </summary>
public static class Durations
{
    /// <summary>Reads a duration; null, with a fault, if it is invalid or out of bounds.</summary>
    public static TimeSpan? Read(string text, string field, TimeSpan least, TimeSpan most, Faults faults)
    {
        if (TryParse(text) is not { } duration)
        {
            faults.Add(field, "not-a-duration",
                $"'{(text.Length <= 40 ? text : text[..40] + "…")}' is not a valid duration; write a whole number and ms, s, m or h, "
                    + "for example 250ms.");
            return null;
        }

        if (duration >= least && duration <= most) return duration;
        faults.Add(field, "out-of-range", $"{text} is out of range; it may be {Write(least)} to {Write(most)}.");
        return null;
    }

    /// <summary>The duration, or null.</summary>
    public static TimeSpan? TryParse(string text)
    {
        var digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
        if (digits is 0 or > 9 || !int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        return text.AsSpan(digits) switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            _ => null,
        };
    }

    /// <summary>The duration in the largest unit that leaves a whole number.</summary>
    public static string Write(TimeSpan duration) => duration.TotalMilliseconds switch
    {
        0 => "0s",
        var ms when ms % 3_600_000 == 0 => string.Create(CultureInfo.InvariantCulture, $"{ms / 3_600_000}h"),
        var ms when ms % 60_000 == 0 => string.Create(CultureInfo.InvariantCulture, $"{ms / 60_000}m"),
        var ms when ms % 1_000 == 0 => string.Create(CultureInfo.InvariantCulture, $"{ms / 1_000}s"),
        var ms => string.Create(CultureInfo.InvariantCulture, $"{ms:0}ms"),
    };
}
