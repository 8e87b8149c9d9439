using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Mesh.Kernel.Xds;

/// <summary>A change that only a share of a service's clients gets yet.</summary>
/// <param name="Id">Names the rollout; another one draws another share.</param>
/// <param name="Percent">The share, 0 to 100.</param>
/// <param name="Since">The log's sequence from which on clients can have been sent it.</param>
public sealed record XdsRollout(string Id, int Percent, long Since)
{
    /// <summary>
    /// Whether a client belongs to the share. It depends on nothing but the rollout and the node's id, so that everybody comes to the same
    /// answer; and who belongs to a share belongs to each larger one.
    /// </summary>
    public bool Takes(string node)
    {
        if (Percent <= 0) return false;
        if (Percent >= 100) return true;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Id}\n{node}"), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash) % 100 < (ulong)Percent;
    }
}
