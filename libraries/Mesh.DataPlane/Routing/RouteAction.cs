namespace Mesh.DataPlane.Routing;

/// <summary>What becomes of a request that a route takes.</summary>
public abstract record RouteAction
{
    /// <summary>It goes to a cluster.</summary>
    /// <param name="Targets">The clusters with their shares.</param>
    public sealed record Forward(WeightedTargets Targets) : RouteAction
    {
        /// <summary>What the matched prefix becomes, or null to leave the path alone.</summary>
        public string? PrefixRewrite { get; init; }

        /// <summary>The <c>Host</c> to send, or null.</summary>
        public string? HostRewrite { get; init; }

        /// <summary>How the path is rewritten by a regular expression, or null.</summary>
        public PathRewrite? RegexRewrite { get; init; }

        /// <summary>The header whose value is the <c>Host</c> to send, or null.</summary>
        public string? HostFromHeader { get; init; }

        /// <summary>When the request is sent again, or null for never beyond what is safe in any case.</summary>
        public RetryPolicy? Retry { get; init; }

        /// <summary>Who gets copies of requests.</summary>
        public IReadOnlyList<MirrorPolicy> Mirrors { get; init; } = [];

        /// <summary>What a request's hash is made of, for clusters that choose by it.</summary>
        public IReadOnlyList<HashPolicy> Hash { get; init; } = [];

        /// <summary>How long nothing may move, or null for what the data plane is set to; infinite for ever.</summary>
        public TimeSpan? IdleTimeout { get; init; }

        /// <summary>How long until the response has to have come, or null for no limit.</summary>
        public TimeSpan? Timeout { get; init; }

        /// <summary>How long a connection may last that has become another protocol's, or null for no limit.</summary>
        public TimeSpan? LongestLife { get; init; }
    }

    /// <summary>The client is sent elsewhere.</summary>
    /// <param name="Status">301, 302, 303, 307 or 308.</param>
    /// <param name="Scheme">Another scheme, or null for the request's.</param>
    /// <param name="Host">Another host, or null for the request's.</param>
    /// <param name="Port">Another port, or null for the request's.</param>
    /// <param name="Path">Another path, or null for the request's.</param>
    /// <param name="StripQuery">Whether the query is left out.</param>
    public sealed record Redirect(int Status, string? Scheme, string? Host, int? Port, string? Path, bool StripQuery) : RouteAction
    {
        /// <summary>What the matched prefix becomes, or null; never beside <see cref="Path"/>.</summary>
        public string? PrefixRewrite { get; init; }

        /// <summary>How much of the path is that prefix; all of it where it is longer.</summary>
        public int MatchedLength { get; init; }
    }

    /// <summary>The answer is given at once.</summary>
    /// <param name="Status">Its status.</param>
    /// <param name="Body">Its text.</param>
    public sealed record Respond(int Status, string Body) : RouteAction;
}
