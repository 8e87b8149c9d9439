using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Security.Keys;

/// <summary>A passphrase, as it stands in its file.</summary>
internal sealed record Passphrase(string Text);

/// <summary>
/// Encrypts the keys of a ring by a passphrase: AES-256-GCM under a key that PBKDF2 derives, with as many rounds as OWASP asks for, so that
/// a copy of the database is of no use to somebody who guesses.
/// </summary>
internal sealed class PassphraseXmlEncryptor(Passphrase passphrase) : IXmlEncryptor
{
    internal const int KeySize = 32, SaltSize = 16, NonceSize = 12, TagSize = 16;
    private const int Rounds = 600_000;

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var (salt, nonce) = (RandomNumberGenerator.GetBytes(SaltSize), RandomNumberGenerator.GetBytes(NonceSize));
        var (cipher, tag) = (new byte[plain.Length], new byte[TagSize]);
        using (var aes = new AesGcm(Derive(passphrase, salt, Rounds), TagSize)) aes.Encrypt(nonce, plain, cipher, tag);
        CryptographicOperations.ZeroMemory(plain);
        return new EncryptedXmlInfo(
            new XElement("encryptedKey",
                new XComment(" Encrypted by AES-256-GCM; key by PBKDF2-HMAC-SHA-256 from the passphrase. "),
                new XElement("rounds", Rounds), new XElement("salt", Convert.ToBase64String(salt)),
                new XElement("nonce", Convert.ToBase64String(nonce)), new XElement("tag", Convert.ToBase64String(tag)),
                new XElement("value", Convert.ToBase64String(cipher))),
            typeof(PassphraseXmlDecryptor));
    }

    internal static byte[] Derive(Passphrase passphrase, byte[] salt, int rounds) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(passphrase.Text), salt, rounds, HashAlgorithmName.SHA256, KeySize);
}

/// <summary>The other way; Data Protection makes it by its name.</summary>
internal sealed class PassphraseXmlDecryptor : IXmlDecryptor
{
    private const int MostRounds = 10_000_000;
    private readonly Passphrase? _passphrase;

    public PassphraseXmlDecryptor(IServiceProvider services) => _passphrase = services.GetService<Passphrase>();

    public XElement Decrypt(XElement encryptedElement)
    {
        if (_passphrase is null) throw new CryptographicException("The key ring is encrypted by a passphrase, and none is set.");
        var rounds = int.Parse(encryptedElement.Element("rounds")!.Value, NumberStyles.None, CultureInfo.InvariantCulture);
        if (rounds is < 1 or > MostRounds) throw new CryptographicException("The key ring was damaged.");
        var cipher = Bytes(encryptedElement, "value");
        var plain = new byte[cipher.Length];
        using var aes = new AesGcm(PassphraseXmlEncryptor.Derive(_passphrase, Bytes(encryptedElement, "salt"), rounds),
            PassphraseXmlEncryptor.TagSize);
        aes.Decrypt(Bytes(encryptedElement, "nonce"), cipher, Bytes(encryptedElement, "tag"), plain);
        return XElement.Parse(Encoding.UTF8.GetString(plain));
    }

    private static byte[] Bytes(XElement element, string name) => Convert.FromBase64String(element.Element(name)!.Value);
}
