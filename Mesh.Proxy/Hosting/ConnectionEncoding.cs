using System.Text;

namespace Mesh.Proxy.Hosting;

/// <summary>
/// Reads the value of a request's <c>Connection</c> so that the web server leaves it whole. Kestrel puts <c>close</c>, <c>keep-alive</c> or
/// <c>Upgrade</c> in place of all lines of that header when it knows no other option among them (<c>HttpHeaders.ParseConnection</c>), and
/// with that the names are lost of headers that end here. So none of the three is ever alone: <c>keep-alive</c>, which says nothing over
/// HTTP/1.1, is left out where it stands and stands beside the others, of which each outdoes it.
/// </summary>
internal sealed class ConnectionEncoding : Encoding
{
    public static readonly ConnectionEncoding Instance = new();
    private const string KeepAlive = "keep-alive";

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) => Read(bytes.AsSpan(index, count)).Length;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        var read = Read(bytes.AsSpan(byteIndex, byteCount));
        read.CopyTo(chars.AsSpan(charIndex));
        return read.Length;
    }

    public override int GetMaxByteCount(int charCount) => charCount;

    public override int GetMaxCharCount(int byteCount) => byteCount * 3 + KeepAlive.Length + 2;

    internal static string Read(ReadOnlySpan<byte> value)
    {
        var options = Latin1.GetString(value).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(o => !o.Equals(KeepAlive, StringComparison.OrdinalIgnoreCase)).ToList();
        if (options.Exists(
            o => o.Equals("close", StringComparison.OrdinalIgnoreCase) || o.Equals("upgrade", StringComparison.OrdinalIgnoreCase)))
            options.Add(KeepAlive);
        return string.Join(", ", options);
    }
}
