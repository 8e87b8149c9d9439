using System.Security.Cryptography;
using System.Text;

namespace Mesh.Kernel.Reconciling.DeadLetters;

/// <summary>Ids of dead letters: one for each key, so that two workers that park one key make one letter.</summary>
public static class DeadLetterId
{
    /// <summary>16 hexadecimal digits.</summary>
    public static string Of(ReconcileKey key) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.ToString())).AsSpan(0, 8));
}
