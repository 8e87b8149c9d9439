using System.Xml.Linq;

namespace Mesh.Security.Keys;

/// <summary>What protects a key ring, by the elements of the ring: settings say only what is to.</summary>
internal static class KeyProtection
{
    public const string Certificate = "certificate", Passphrase = "passphrase", None = "none";

    /// <summary>There is no key in the ring.</summary>
    public const string Missing = "missing";

    /// <summary>Something that this program does not know, or cannot read.</summary>
    public const string Other = "other";

    /// <summary>The protection of the least protected key: who can read that one can read what it encrypts.</summary>
    public static string Of(IEnumerable<XElement> ring)
    {
        var found = ring.Where(element => element.Name.LocalName == "key").Select(OfKey).ToHashSet(StringComparer.Ordinal);
        return new[] { None, Other, Passphrase, Certificate }.FirstOrDefault(found.Contains) ?? Missing;
    }

    // Data Protection writes a secret either as it is, or as an element that names what decrypts it.
    private static string OfKey(XElement key)
    {
        var secret = key.Descendants().FirstOrDefault(part => part.Name.LocalName == "encryptedSecret");
        var decryptor = secret?.Attribute("decryptorType")?.Value;
        if (decryptor is null) return None;
        if (decryptor.Contains(nameof(PassphraseXmlDecryptor), StringComparison.Ordinal)) return Passphrase;
        return decryptor.Contains("EncryptedXmlDecryptor", StringComparison.Ordinal) ? Certificate : Other;
    }
}
