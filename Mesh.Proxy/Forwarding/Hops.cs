using System.Globalization;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// How many data planes a request has passed, so that a request in a loop ends (<c>docs/adr/0033-hops-are-counted.md</c>). It comes in the
/// header <see cref="Header"/>, which is taken out before any rule is asked, and goes on one higher. Flow step 9.
/// </summary>
internal sealed class Hops
{
    /// <summary>The header, a decimal number.</summary>
    public const string Header = "x-mesh-hops";

    /// <summary>As many as a request may have passed and yet not be sent on.</summary>
    public const int Most = 16;

    // What is half of the way for a copy leaves no way for a copy of a copy: mirrors in a loop would double with each turn.
    private const int OfCopy = Most / 2;
    private static readonly Hops[] All = [.. Enumerable.Range(0, Most + 1).Select(count => new Hops(count))];
    private readonly int _count;
    private readonly string _text;

    private Hops(int count) => (_count, _text) = (count, count.ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether it has passed so many that it is not sent on.</summary>
    public bool AreSpent => _count >= Most;

    /// <summary>Whether a copy of it may be sent: one that could still pass a data plane.</summary>
    public bool AllowCopies => _count + OfCopy < Most;

    /// <summary>The header's value where the request goes on.</summary>
    public string Next => All[Math.Min(_count + 1, Most)]._text;

    /// <summary>The header's value of a copy.</summary>
    public string NextOfCopy => All[Math.Min(_count + OfCopy, Most)]._text;

    /// <summary>Those of a request whose header was taken.</summary>
    public static Hops Of(HttpContext context) => context.Features.Get<Hops>() ?? All[0];

    /// <summary>Takes the header out of a request; what is wrong with it, or null.</summary>
    public static string? Take(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (!headers.TryGetValue(Header, out var lines))
            return null;
        headers.Remove(Header);
        if (lines is not [{ Length: > 0 } text])
            return $"its header {Header} has several lines or no number of hops";
        var count = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
                return $"its header {Header} is not a number of hops";
            count = Math.Min(count * 10 + (c - '0'), Most);
        }

        context.Features.Set(All[count]);
        return null;
    }

    /// <summary>The words in which a request that has passed too many is refused.</summary>
    /// <param name="subject">What would be asked next: a service with its route, or a host.</param>
    public static string Detail(string subject) =>
        $"{subject}: the request has passed {Most} proxies of the mesh, so it is in a loop. Look for an endpoint whose address is that "
            + "of a gateway or of a sidecar, " +
        "and register the application's own address in its place.";
}
