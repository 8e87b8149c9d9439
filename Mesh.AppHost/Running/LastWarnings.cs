using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Mesh.AppHost.Running;

/// <summary>What each process has warned of last: where a start takes long, it mostly says why.</summary>
internal sealed partial class LastWarnings
{
    private const int Longest = 400;
    private readonly ConcurrentDictionary<string, string> _lines = new(StringComparer.Ordinal);

    /// <summary>Takes a line of a process's output; keeps it if it is a warning.</summary>
    public void Take(string resource, string line)
    {
        if (HostWarning().Match(line) is not { Success: true } warning)
            return;
        var text = warning.Groups[1].Value;
        _lines[resource] = text.Length > Longest ? $"{text[..Longest]}…" : text;
    }

    /// <summary>The last warning of a process, without its time and the frames of an exception; null if there was none.</summary>
    public string? Of(string resource) => _lines.GetValueOrDefault(resource);

    // As the hosts' own formatter writes them: an exception follows on the same line.
    [GeneratedRegex(@"^[0-9:.]{12} warn (.*?)( \|\s+at .*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex HostWarning();
}
