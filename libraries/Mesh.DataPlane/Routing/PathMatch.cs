using System.Text.RegularExpressions;

namespace Mesh.DataPlane.Routing;

/// <summary>A test of the path as sent, without decoding, as <c>envoy.config.route.v3.RouteMatch</c> defines it.</summary>
public abstract record PathMatch
{
    /// <summary>Whether the path passes.</summary>
    public abstract bool Matches(ReadOnlySpan<char> path);

    /// <summary>The path begins so, wherever the text ends.</summary>
    public sealed record Prefix(string Text, bool IgnoreCase) : PathMatch
    {
        /// <inheritdoc/>
        public override bool Matches(ReadOnlySpan<char> path) => path.StartsWith(Text, Comparison(IgnoreCase));
    }

    /// <summary>The path is this one or lies below it: <c>/cart</c> takes <c>/cart</c> and <c>/cart/1</c>, not <c>/carts</c>.</summary>
    public sealed record Below(string Text, bool IgnoreCase) : PathMatch
    {
        /// <inheritdoc/>
        public override bool Matches(ReadOnlySpan<char> path) =>
            path.StartsWith(Text, Comparison(IgnoreCase)) && (path.Length == Text.Length || path[Text.Length] == '/');
    }

    /// <summary>The path is this one.</summary>
    public sealed record Exact(string Text, bool IgnoreCase) : PathMatch
    {
        /// <inheritdoc/>
        public override bool Matches(ReadOnlySpan<char> path) => path.Equals(Text, Comparison(IgnoreCase));
    }

    /// <summary>The whole path matches a regular expression.</summary>
    public sealed record Pattern(string Text) : PathMatch
    {
        private readonly Regex _regex = ValueMatch.WholeValue(Text);

        /// <inheritdoc/>
        public override bool Matches(ReadOnlySpan<char> path) => _regex.IsMatch(path);
    }

    private static StringComparison Comparison(bool ignoreCase) =>
        ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
}
