using System.Globalization;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;

namespace Mesh.Api.Rest;

/// <summary>
/// Reads a query string parameter by parameter and notes all faults: repeated ones, wrong numbers, and (at <see cref="End"/>) unknown ones.
/// </summary>
public sealed class QueryFields(IQueryCollection query, Faults faults)
{
    private readonly HashSet<string> _left = [.. query.Keys];

    /// <summary>The parameter's text; null if unset or empty.</summary>
    public string? Text(string name)
    {
        if (!_left.Remove(name)) return null;
        var values = query[name];
        if (values.Count > 1) faults.Add(name, "duplicate-field", $"Parameter '{name}' is set {values.Count} times; set it once.");
        return values[0] is { Length: > 0 } text ? text : null;
    }

    /// <summary>
    /// Like <see cref="Text"/>, where unset means something dangerous such as "all": said but empty, a forgotten value, is a fault.
    /// </summary>
    public string? NonEmpty(string name)
    {
        var isSet = _left.Contains(name);
        var text = Text(name);
        if (isSet && text is null) faults.Add(name, "empty", $"'{name}' is set and empty. Give it a value, or leave it out.");
        return text;
    }

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>; null if unset or wrong.</summary>
    public long? Number(string name, long least, long most = long.MaxValue)
    {
        if (Text(name) is not { } text) return null;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least
            && number <= most) return number;
        faults.Add(name, "out-of-range", most == long.MaxValue
            ? $"Expected a whole number of at least {least}, found '{Shortened(text)}'."
            : $"Expected a whole number from {least} to {most}, found '{Shortened(text)}'.");
        return null;
    }

    /// <summary>True or false; null if unset or neither.</summary>
    public bool? Flag(string name)
    {
        var text = Text(name);
        if (text is null) return null;
        if (bool.TryParse(text, out var flag)) return flag;
        faults.Add(name, "wrong-type", $"Expected true or false, found '{Shortened(text)}'.");
        return null;
    }

    /// <summary>A duration such as <c>30s</c>, at most <paramref name="most"/>; null if unset or wrong.</summary>
    public TimeSpan? Duration(string name, TimeSpan most) =>
        Text(name) is { } text && Durations.Read(text, name, TimeSpan.Zero, most, faults) is { } duration ? duration : null;

    /// <summary>All parameters <c>prefix.key=value</c>, as key and value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Prefixed(string prefix)
    {
        var found = new List<KeyValuePair<string, string>>();
        foreach (var name in _left.Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length).ToList())
        {
            _left.Remove(name);
            foreach (var value in query[name]) found.Add(new(name[prefix.Length..], value ?? ""));
        }

        return found;
    }

    /// <summary>Notes every parameter that was not asked for.</summary>
    public void End()
    {
        foreach (var name in _left) faults.Add(Shortened(name), "unknown-field", $"There is no parameter '{Shortened(name)}' here.");
    }

    private static string Shortened(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
