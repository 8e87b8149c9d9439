using System.Security.Cryptography;
using System.Text;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Reconciling;

/// <summary>The Idempotency-Key of a reconciler's command: H(reconciler, resource, stream versions read, desired outcome).</summary>
public static class CommandKeyHash
{
    /// <summary>64 hexadecimal digits; two workers that read the same state and want the same compute the same.</summary>
    public static string Of(ReconcileKey key, MeshState state, IReadOnlyList<string> streamsRead, string outcome)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, key.Reconciler);
        Append(hash, key.Resource);
        Append(hash, state.Position.Log.ToString());
        foreach (var stream in streamsRead.Order(StringComparer.Ordinal))
        {
            Append(hash, stream);
            Append(hash, state.Stream(stream).Version.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        Append(hash, outcome);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Length first, so that no two lists of texts share an encoding.
    private static void Append(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
