using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Security.Authority;

/// <summary>
/// Serial numbers: random, so that they need no counter that several Registries share and nobody can guess one. 18 bytes hold more than
/// the 128 bits that make a repetition hopeless, and stay below the 20 of RFC 5280.
/// </summary>
internal static class Serials
{
    private const int Size = 18;

    /// <summary>A new one: positive, and without leading zeros, so that every program writes it alike.</summary>
    public static byte[] New()
    {
        var serial = RandomNumberGenerator.GetBytes(Size);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }

    /// <summary>A certificate's, in lower-case hexadecimal.</summary>
    public static string Of(X509Certificate2 certificate) => Convert.ToHexStringLower(certificate.SerialNumberBytes.Span);

    /// <summary>
    /// A serial as people have it, in the form of <see cref="Of"/>: programs write it in upper case or with colons; null if it is none.
    /// </summary>
    public static string? TryParse(string text)
    {
        var plain = text.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        return plain.Length is >= 2 and <= 40 && plain.AsSpan().IndexOfAnyExcept("0123456789abcdef") < 0 ? plain : null;
    }
}
