using System.Buffers;
using System.Text;

namespace Mesh.DataPlane.Transport;

/// <summary>
/// Reads the values of an answer's headers and trailers: a character for each byte. The platform's client puts a space in the place of NUL,
/// CR and LF after it has decoded a value (<c>HeaderDescriptor.GetHeaderValue</c>), and nobody would know that they were there. RFC 9110
/// §5.5 allows that or to reject the message; so that it is rejected, like with any other control character, they become one that stays.
/// </summary>
internal sealed unsafe class AnswerEncoding : Encoding
{
    public static readonly AnswerEncoding Instance = new();
    private const char Refused = '\x1';
    private static readonly SearchValues<byte> Replaced = SearchValues.Create("\0\r\n"u8);

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) => count;

    // These two are what the client asks; the base class would copy each value three times for them.
    public override int GetCharCount(byte* bytes, int count) => count;

    public override int GetChars(byte* bytes, int byteCount, char* chars, int charCount) =>
        Read(new ReadOnlySpan<byte>(bytes, byteCount), new Span<char>(chars, charCount));

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        Read(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    public override int GetMaxByteCount(int charCount) => charCount;

    public override int GetMaxCharCount(int byteCount) => byteCount;

    private static int Read(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        var read = Latin1.GetChars(bytes, chars);
        if (bytes.ContainsAny(Replaced))
        {
            for (var i = 0; i < read; i++)
            {
                if (chars[i] is '\0' or '\r' or '\n')
                    chars[i] = Refused;
            }
        }

        return read;
    }
}
