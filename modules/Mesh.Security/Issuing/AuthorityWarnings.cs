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
        var signer = loaded.State.Signer(now);
        if (loaded.LifeOf(signer).NotAfter is var end && end <= now)
            yield return $"The intermediate {signer.Id}, or what is above it, expired on {Day(end)}: no certificate can be issued. Import "
                + "another authority, or make a new root.";
        // Also those that are prepared: they may end soon after they take over.
        foreach (var last in Last(loaded.State.Intermediates, now).Where(one => loaded.State.RootOf(one)?.Key is null))
        {
            if (loaded.LifeOf(last) is var life && life.NotAfter > now && IsLate(life, now))
                yield return $"The imported intermediate {last.Id} ends on {Day(life.NotAfter)}, and the mesh does not have its root's "
                    + "key: import another one before.";
        }

        foreach (var last in Last(loaded.State.Roots, now).Where(one => one.Imported))
        {
            if (Validity.Of(loaded.CertificateOf(last)) is var life && IsLate(life, now))
                yield return $"The imported root {last.Id} ends on {Day(life.NotAfter)}: import another one before.";
        }
    }

    // What nothing is there to take over from, or takes over itself later.
    private static IEnumerable<CaEntry> Last(IReadOnlyList<CaEntry> list, DateTimeOffset now) =>
        list.Where((one, index) => index == list.Count - 1 || one.ActiveFrom > now);

    private static bool IsLate(Validity life, DateTimeOffset now) =>
        now >= life.NotBefore + ((life.NotAfter - life.NotBefore) * Late);

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
