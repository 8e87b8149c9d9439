namespace Mesh.Security.Issuing;

/// <summary>How entries of the deny list are named: an identity by its SPIFFE id, a certificate by its serial.</summary>
internal static class DenyList
{
    private const string Serial = "serial:";

    /// <summary>The entry of a certificate.</summary>
    public static string SubjectOf(string serial) => Serial + serial;

    /// <summary>The serial of an entry; null for one of an identity.</summary>
    public static string? SerialOf(string subject) =>
        subject.StartsWith(Serial, StringComparison.Ordinal) ? subject[Serial.Length..] : null;
}
