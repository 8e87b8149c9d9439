using Mesh.Contracts.Traffic;
using Mesh.Kernel.Http;
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
        if (rewrite.Prefix is { } other && InPlaceOf(prefix, other) is { } made) action.PrefixRewrite = made;
        if (rewrite.Path is not { } path) return;
        var template = match?.Path?.Template is { } text ? TemplatePath.Of(text) : null;
        action.RegexRewrite = new RegexMatchAndSubstitute
        {
            Pattern = new RegexMatcher { Regex = template is null ? "^/.*$" : $"^{template.ToRegex(groups: true)}$" },
            Substitution = (template ?? TemplatePath.Of("/")).Substitute(path, "rewrite.path", new Faults()) ?? path,
        };
    }

    /// <summary>
    /// What stands in place of a matched prefix: with a slash at its end exactly where the prefix has one, so that the rest of the path fits. Null
    /// where nothing would change.
    /// </summary>
    public static string? InPlaceOf(string? prefix, string other)
    {
        if (prefix is null) return null;
        if (prefix.EndsWith('/')) return other.EndsWith('/') ? other : other + "/";
        return prefix.Length == 0 && other == "/" ? null : other;
    }
}
