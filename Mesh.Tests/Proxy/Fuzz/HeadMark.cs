using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Tests.Proxy.Fuzz;

/// <summary>A request's own mark, with a sum, so that one that was spoilt on purpose is not taken for another one.</summary>
internal static partial class HeadMark
{
    public static string Of(int seed, int caller, int i) =>
        string.Create(CultureInfo.InvariantCulture, $"CANARY-{seed}-{caller}-{i}-{HashCode(HashCode(seed, caller), i):x8}-");

    /// <summary>The marks in what an upstream was sent.</summary>
    public static List<string> In(string text) => [.. Mark().Matches(text).Where(IsMark).Select(m => m.Value).Distinct()];

    // Not System.HashCode, which differs from process to process.
    public static int HashCode(int seed, int caller) => unchecked(seed * 486_187_739 + caller);

    private static bool IsMark(Match match) =>
        int.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out var seed)
            && int.TryParse(match.Groups[2].Value, CultureInfo.InvariantCulture, out var caller)
        && int.TryParse(match.Groups[3].Value, CultureInfo.InvariantCulture, out var i) && match.Value == Of(seed, caller, i);

    [GeneratedRegex(@"CANARY-(\d+)-(\d+)-(\d+)-[0-9a-f]{8}-")]
    private static partial Regex Mark();
}
