using System.Buffers.Text;
using System.Security.Cryptography;

namespace Mesh.Security.JoinTokens;

/// <summary>
/// A join token as its holder has it: <c>mesh-join.ID.SECRET</c>. The id finds its record, and the secret proves that it is meant; the mesh
/// keeps a hash of that. It is random and long, so that a hash made for passwords would only cost time.
/// </summary>
/// <param name="Id">Public.</param>
/// <param name="Secret">Known to the holder alone.</param>
internal sealed record JoinToken(string Id, string Secret)
{
    private const string Prefix = "mesh-join.";
    private const int IdSize = 9, SecretSize = 32, MaxLength = 128;

    /// <summary>SHA-256 of the secret.</summary>
    public byte[] Hash => SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(Secret));

    /// <summary>A new one.</summary>
    public static JoinToken New() => new(
        Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdSize)),
        Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretSize)));

    /// <summary>The token that the text is; null if it is none.</summary>
    public static JoinToken? TryParse(string text) =>
        text.Length <= MaxLength && text.StartsWith(Prefix, StringComparison.Ordinal)
            && text[Prefix.Length..].Split('.') is [var id, var secret] && IsPart(id, IdSize) && IsPart(secret, SecretSize)
            ? new JoinToken(id, secret)
            : null;

    /// <summary>The whole token, to be shown once.</summary>
    public string Reveal() => $"{Prefix}{Id}.{Secret}";

    /// <summary>Never the secret: it would end in a log.</summary>
    public override string ToString() => $"{Prefix}{Id}";

    private static bool IsPart(string text, int size) => Base64Url.IsValid(text, out var length) && length == size;
}
