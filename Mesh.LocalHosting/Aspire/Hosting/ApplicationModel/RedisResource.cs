namespace Aspire.Hosting.ApplicationModel;

/// <summary>Redis; its connection string is <c>host:port</c>.</summary>
public sealed class RedisResource(string name) : ContainerResource(name), IResourceWithConnectionString
{
    public EndpointReference PrimaryEndpoint => new(this, "tcp");

    public ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<string?>($"{PrimaryEndpoint.Host}:{PrimaryEndpoint.Port}");
}
