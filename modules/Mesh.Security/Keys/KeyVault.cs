using System.Security.Cryptography;
using System.Xml;
using Mesh.Security.Authority;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Security.Keys;

/// <summary>
/// Private keys of the authority, encrypted by Data Protection. Each is bound to the certificate that it belongs to: one in another's
/// place cannot be decrypted.
/// </summary>
internal sealed class KeyVault : ICaKeys, IDisposable
{
    private readonly ServiceProvider _services;
    private readonly IXmlRepository _ring;
    private readonly IDataProtector _protector;

    internal KeyVault(ServiceProvider services, IXmlRepository ring)
    {
        (_services, _ring) = (services, ring);
        _protector = services.GetRequiredService<IDataProtectionProvider>().CreateProtector("Mesh.Security.Authority", "v1");
    }

    /// <summary>The key ring as the authority's document is to hold it; empty where it lies in files.</summary>
    public IReadOnlyList<string> Ring => (_ring as RingRepository)?.Elements ?? [];

    /// <summary>What protects the key ring as it is: one of <see cref="KeyProtection"/>.</summary>
    public string Protection
    {
        get
        {
            try
            {
                return KeyProtection.Of(_ring.GetAllElements());
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or XmlException)
            {
                return KeyProtection.Other;
            }
        }
    }

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
