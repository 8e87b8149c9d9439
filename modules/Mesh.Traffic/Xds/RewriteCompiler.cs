using System.Globalization;
using System.Text;
using Mesh.Contracts.Traffic;
using Mesh.DataPlane.Requests;
using Mesh.Kernel.Values;
using Mesh.Traffic.Rules;
using Mesh.Xds.Protos;

namespace Mesh.Traffic.Xds;

/// <summary>What the destination sees of path and host.</summary>
internal static class RewriteCompiler
{
    public static void Apply(RewriteSpec? rewrite, RouteAction action, RouteMatchSpec? match, string? prefix)
    {
        if (rewrite is null) return;
        if (rewrite.Host is { } host) action.HostRewriteLiteral = host;
        if (rewrite.Prefix is { } other && InPlaceOf(prefix, other) is { } made) action.PrefixRewrite = Sendable(made);
        if (rewrite.Path is null) return;
        var path = Sendable(rewrite.Path);
        var template = match?.Path?.Template is { } text ? TemplatePath.Of(text) : null;
        action.RegexRewrite = new RegexMatchAndSubstitute
        {
            Pattern = new RegexMatcher { Regex = template is null ? "^/.*$" : $"^{template.ToRegex(groups: true)}$" },
            Substitution = (template ?? TemplatePath.Of("/")).Substitute(path, "rewrite.path", new Faults()) ?? path,
        };
    }

    /// <summary>
    /// A path as it can be sent. Routes that an older version has taken may hold what is refused today; data planes would refuse the whole
    /// service for it.
    /// </summary>
    public static string Sendable(string path)
    {
        if (HeadSyntax.FaultOfPath(path) is null) return path;
        var escaped = new StringBuilder(path.Length + 8);
        foreach (var b in Encoding.UTF8.GetBytes(path))
        {
            if (b is > (byte)' ' and <= (byte)'~' and not (byte)'#') escaped.Append((char)b);
            else escaped.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return escaped.ToString();
    }

    /// <summary>
    /// What stands in place of a matched prefix: with a slash at its end exactly where the prefix has one, so that the rest of the path
    /// fits. Null where nothing would change.
    /// </summary>
    public static string? InPlaceOf(string? prefix, string other)
    {
        if (prefix is null) return null;
        if (prefix.EndsWith('/')) return other.EndsWith('/') ? other : other + "/";
        return prefix.Length == 0 && other == "/" ? null : other;
    }
}
