using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Redis; its connection string is <c>host:port,password=…</c>. The password is made anew for each application.</summary>
public sealed class RedisResource(string name) : ContainerResource(name), IResourceWithConnectionString
{
    public EndpointReference PrimaryEndpoint => new(this, "tcp");

    internal string Password { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<string?>($"{PrimaryEndpoint.Host}:{PrimaryEndpoint.Port},password={Password}");
}
