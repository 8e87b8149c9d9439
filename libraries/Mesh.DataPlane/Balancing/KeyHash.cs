using System.IO.Hashing;
using System.Text;

namespace Mesh.DataPlane.Balancing;

/// <summary>
/// XXH64, the hash by which Envoy and gRPC's clients place endpoints on a ring and requests between them. The same hash here means that one
/// user's requests meet the same instance whichever data plane they come through.
/// </summary>
public static class KeyHash
{
    private const int OnStack = 256;

    /// <summary>The hash of a text as it stands on the wire, where a character is a byte.</summary>
    public static ulong Of(ReadOnlySpan<char> text, ulong seed = 0)
    {
        var bytes = text.Length <= OnStack ? stackalloc byte[OnStack] : new byte[text.Length];
        return Of(bytes[..Encoding.Latin1.GetBytes(text, bytes)], seed);
    }

    /// <summary>The hash of some bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> data, ulong seed = 0) => XxHash64.HashToUInt64(data, unchecked((long)seed));
}
