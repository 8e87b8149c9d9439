using System.Globalization;
using System.Numerics;
using Mesh.DataPlane.Balancing;

namespace Mesh.DataPlane.Routing;

/// <summary>What a request's hash is made of.</summary>
public enum HashSource
{
    /// <summary>A header's value.</summary>
    Header,

    /// <summary>A cookie's value.</summary>
    Cookie,

    /// <summary>The client's address.</summary>
    SourceAddress,

    /// <summary>A query parameter's value, as sent.</summary>
    Query,
}

/// <summary>One part of what a request's hash is made of: <c>envoy.config.route.v3.RouteAction.HashPolicy</c>.</summary>
/// <param name="Source">Where it is taken from.</param>
/// <param name="Name">The header, cookie or parameter; empty for the address.</param>
/// <param name="Terminal">Whether the following parts do not count once there is a hash.</param>
public sealed record HashPolicy(HashSource Source, string Name, bool Terminal)
{
    /// <summary>
    /// How long a cookie that this data plane gives out lasts; zero for as long as the browser runs, null for giving out none.
    /// </summary>
    public TimeSpan? CookieLife { get; init; }

    /// <summary>The path of such a cookie; empty for none.</summary>
    public string CookiePath { get; init; } = "";

    /// <summary>The hash of a request, or null if nothing of what it is made of is there.</summary>
    /// <param name="policies">The parts, in order.</param>
    /// <param name="request">The request.</param>
    /// <param name="source">The client's address, or null.</param>
    /// <param name="random">Where a new cookie's value comes from.</param>
    /// <param name="setCookie">A <c>Set-Cookie</c> for the answer, or null.</param>
    public static ulong? Of(IReadOnlyList<HashPolicy> policies, in RequestFacts request, string? source, Random random,
        out string? setCookie)
    {
        setCookie = null;
        var hash = default(ulong?);
        for (var i = 0; i < policies.Count; i++)
        {
            if (policies[i].Part(request, source, random, ref setCookie) is not { } part)
                continue;
            // The order counts, and equal parts do not cancel each other out.
            hash = hash is { } before ? BitOperations.RotateLeft(before, 1) ^ part : part;
            if (policies[i].Terminal)
                break;
        }

        return hash;
    }

    private ulong? Part(in RequestFacts request, string? source, Random random, ref string? setCookie)
    {
        switch (Source)
        {
            case HashSource.Header:
                return request.Headers.Get(Name) is { } value ? KeyHash.Of(value) : null;
            case HashSource.Cookie:
                return OfCookie(request.Headers.Get("cookie"), random, ref setCookie);
            case HashSource.SourceAddress:
                return source is null ? null : KeyHash.Of(source);
            default:
                return OfQuery(request.Query);
        }
    }

    private ulong? OfCookie(string? cookies, Random random, ref string? setCookie)
    {
        // Several headers have been joined by commas; within one, cookies are parted by semicolons.
        foreach (var range in cookies.AsSpan().SplitAny(";,"))
        {
            var pair = cookies.AsSpan()[range].Trim();
            if (pair.Length > Name.Length && pair[Name.Length] == '=' && pair.StartsWith(Name, StringComparison.Ordinal))
                return KeyHash.Of(pair[(Name.Length + 1)..].Trim('"'));
        }

        if (CookieLife is not { } life)
            return null;

        var value = random.NextInt64().ToString("x16", CultureInfo.InvariantCulture);
        var age = life == TimeSpan.Zero ? "" : string.Create(CultureInfo.InvariantCulture, $"; Max-Age={(long)life.TotalSeconds}");
        setCookie = $"{Name}={value}{age}{(CookiePath.Length == 0 ? "" : $"; Path={CookiePath}")}; HttpOnly";
        return KeyHash.Of(value);
    }

    private ulong? OfQuery(ReadOnlySpan<char> query)
    {
        foreach (var part in query.Split('&'))
        {
            var pair = query[part];
            if (pair.Length > Name.Length && pair[Name.Length] == '=' && pair.StartsWith(Name, StringComparison.Ordinal))
                return KeyHash.Of(pair[(Name.Length + 1)..]);
        }

        return null;
    }
}
