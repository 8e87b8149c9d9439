namespace Mesh.AppHost.Resources;

/// <summary>
/// A server of this repository (<c>local/…</c>) that takes the place of a container on a machine without a container engine. It listens on
/// the port given with <c>--port</c>. Its connection string is that address, with the password if it has one.
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
