namespace Mesh.Security.Authority;

/// <summary>Encrypts private keys of authorities, and opens them again.</summary>
internal interface ICaKeys
{
    /// <summary>The key, encrypted for the entry with this id alone.</summary>
    byte[] Protect(string id, CaKey key);

    /// <summary>The key again, to be disposed.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It cannot be decrypted here.</exception>
    CaKey Open(CaEntry entry);
}
