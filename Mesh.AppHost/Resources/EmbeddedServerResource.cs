namespace Mesh.AppHost.Resources;

/// <summary>
/// A server of this repository (<c>local/…</c>) that stands in for a container on a machine that has no container engine. It listens on
/// the port it is told with <c>--port</c>; its connection string is that address, and the password where it wants one.
/// </summary>
internal sealed class EmbeddedServerResource(string name, string command, ParameterResource? password)
    : ExecutableResource(name, command, Path.GetDirectoryName(command)!), IResourceWithConnectionString
{
    public const string EndpointName = "tcp";

    /// <summary>Where it listens.</summary>
    public EndpointReference Endpoint => field ??= new EndpointReference(this, EndpointName);

    /// <summary>What its clients send, or null.</summary>
    public ParameterResource? Password => password;

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => password is null
        ? ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)}")
        : ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)},password={password}");
}
