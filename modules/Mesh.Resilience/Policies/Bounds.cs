using Mesh.Kernel.Values;

namespace Mesh.Resilience.Policies;

/// <summary>Checks numbers, durations and words of a policy. What is unset is within bounds.</summary>
internal static class Bounds
{
    public static int? Number(int? value, string field, int least, int most, Faults faults)
    {
        if (value is null || (value >= least && value <= most)) return value;
        faults.Add(field, "out-of-range", $"{value} is out of range; it may be {least} to {most}.");
        return null;
    }

    /// <summary>Milliseconds.</summary>
    public static int? Duration(string? text, string field, TimeSpan least, TimeSpan most, Faults faults) =>
        text is not null && Durations.Read(text, field, least, most, faults) is { } duration ? (int)duration.TotalMilliseconds : null;

    public static TEnum? Word<TEnum>(string? text, string field, Faults faults) where TEnum : struct, Enum
    {
        if (string.IsNullOrEmpty(text)) return null;
        foreach (var value in Enum.GetValues<TEnum>())
        {
            if (NameOf(value) == text) return value;
        }

        var words = Enum.GetValues<TEnum>().Select(NameOf).ToList();
        faults.Add(field, "unknown-value",
            $"'{(text.Length <= 80 ? text : text[..80] + "…")}' is not known here; use {string.Join(", ", words[..^1])} or {words[^1]}.");
        return null;
    }

    public static string NameOf<TEnum>(TEnum value) where TEnum : struct, Enum => value.ToString().ToLowerInvariant();

    public static string? Duration(int? milliseconds) => milliseconds is { } ms ? Durations.Write(TimeSpan.FromMilliseconds(ms)) : null;
}
