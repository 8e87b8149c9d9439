using System.Security.Cryptography.X509Certificates;

namespace Mesh.Security.Authority;

/// <summary>From when until when a certificate is valid, in whole seconds as certificates have them.</summary>
/// <param name="NotBefore">The first second.</param>
/// <param name="NotAfter">The last second.</param>
internal readonly record struct Validity(DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>So long from now on, and a little before: whoever checks it may have a clock that is behind.</summary>
    public static Validity From(DateTimeOffset now, TimeSpan lifetime, TimeSpan clockSkew) =>
        new(Seconds(now - clockSkew), Seconds(now + lifetime));

    /// <summary>A certificate's.</summary>
    public static Validity Of(X509Certificate2 certificate) =>
        new(certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());

    /// <summary>The part that lies within another one.</summary>
    public Validity Within(Validity outer) => new(
        NotBefore < outer.NotBefore ? outer.NotBefore : NotBefore,
        NotAfter > outer.NotAfter ? outer.NotAfter : NotAfter);

    private static DateTimeOffset Seconds(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
