using System.Globalization;
using Mesh.Security.Authority;

namespace Mesh.Security.Issuing;

/// <summary>What an operator has to do something about, long before it is too late.</summary>
internal static class AuthorityWarnings
{
    /// <summary>Whether so much of a life is over that somebody should act: two thirds.</summary>
    private const double Late = 2.0 / 3;

    /// <summary>All that there is to say now.</summary>
    public static IEnumerable<string> Of(LoadedAuthority loaded, DateTimeOffset now)
    {
        var (root, signer) = (loaded.State.Root(now), loaded.State.Signer(now));
        if (EndOf(loaded, signer) is var end && end <= now)
            yield return $"The intermediate {signer.Id} expired on {Day(end)}: no certificate can be issued.";
        else if (root.Key is null && IsLate(loaded, signer, now))
            yield return $"The imported intermediate {signer.Id} ends on {Day(end)}, and the mesh does not have its root's key: import "
                + "another one before.";
        if (root.Imported && IsLate(loaded, root, now) && loaded.State.PreparedRoot(now) is null)
            yield return $"The imported root {root.Id} ends on {Day(EndOf(loaded, root))}: import another one before.";
    }

    private static bool IsLate(LoadedAuthority loaded, CaEntry entry, DateTimeOffset now)
    {
        var life = Validity.Of(loaded.CertificateOf(entry));
        return now >= life.NotBefore + ((life.NotAfter - life.NotBefore) * Late);
    }

    private static DateTimeOffset EndOf(LoadedAuthority loaded, CaEntry entry) => Validity.Of(loaded.CertificateOf(entry)).NotAfter;

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
