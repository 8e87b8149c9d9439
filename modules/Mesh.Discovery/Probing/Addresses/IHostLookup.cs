using System.Net;

namespace Mesh.Discovery.Probing.Addresses;

/// <summary>Looks host names up.</summary>
public interface IHostLookup
{
    /// <summary>The addresses of a name; throws where it has none.</summary>
    Task<IPAddress[]> LookUpAsync(string host);
}

/// <summary>The system's resolver.</summary>
public sealed class SystemHostLookup : IHostLookup
{
    /// <inheritdoc/>
    public Task<IPAddress[]> LookUpAsync(string host) => Dns.GetHostAddressesAsync(host);
}
