using System.Security.Cryptography;
using Mesh.Security.Authority;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Security.Keys;

/// <summary>
/// Private keys of the authority, encrypted by Data Protection. Each is bound to the certificate that it belongs to: one in another's
/// place cannot be decrypted.
/// </summary>
internal sealed class KeyVault : ICaKeys, IDisposable
{
    private readonly ServiceProvider _services;
    private readonly RingRepository? _ring;
    private readonly IDataProtector _protector;

    internal KeyVault(ServiceProvider services, RingRepository? ring)
    {
        (_services, _ring) = (services, ring);
        _protector = services.GetRequiredService<IDataProtectionProvider>().CreateProtector("Mesh.Security.Authority", "v1");
    }

    /// <summary>The key ring as the authority's document is to hold it; empty where it lies in files.</summary>
    public IReadOnlyList<string> Ring => _ring?.Elements ?? [];

    /// <inheritdoc/>
    public byte[] Protect(string id, CaKey key)
    {
        var plain = key.Export();
        try
        {
            return _protector.CreateProtector(id).Protect(plain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <inheritdoc/>
    public CaKey Open(CaEntry entry)
    {
        var plain = _protector.CreateProtector(entry.Id)
            .Unprotect(entry.Key ?? throw new CryptographicException("The mesh does not have this private key."));
        try
        {
            return CaKey.Import(plain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    public void Dispose() => _services.Dispose();
}
