using System.Text;

namespace Mesh.Proxy.Hosting;

/// <summary>
/// Reads the value of a request's <c>Content-Length</c> to the letter: digits and nothing else (RFC 9110 §8.6). Kestrel takes a sign and
/// blanks around for a number too, which another server before it may read in another way, and has room for 20 characters only; what is
/// none is given to it as a sign alone, which it refuses with 400.
/// </summary>
internal sealed class LengthEncoding : Encoding
{
    public static readonly LengthEncoding Instance = new();
    private const int MostDigits = 19;

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) => IsLength(bytes.AsSpan(index, count)) ? count : 1;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        if (IsLength(bytes.AsSpan(byteIndex, byteCount)))
            return Latin1.GetChars(bytes, byteIndex, byteCount, chars, charIndex);
        chars[charIndex] = '-';
        return 1;
    }

    public override int GetMaxByteCount(int charCount) => charCount;

    public override int GetMaxCharCount(int byteCount) => Math.Max(byteCount, 1);

    private static bool IsLength(ReadOnlySpan<byte> value) =>
        value.Length is > 0 and <= MostDigits && !value.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
