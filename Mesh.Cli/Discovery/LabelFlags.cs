namespace Mesh.Cli.Discovery;

/// <summary>Reads <c>key=value</c> flags.</summary>
internal static class LabelFlags
{
    /// <summary>The labels; the last one counts where a key comes twice; null for none.</summary>
    public static IReadOnlyDictionary<string, string>? In(string[]? flags)
    {
        if (flags is not { Length: > 0 })
            return null;
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var flag in flags)
        {
            var equals = flag.IndexOf('=');
            labels[flag[..equals]] = flag[(equals + 1)..];
        }

        return labels;
    }
}
