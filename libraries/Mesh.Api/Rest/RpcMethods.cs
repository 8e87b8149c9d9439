using Google.Protobuf.Reflection;

namespace Mesh.Api.Rest;

/// <summary>Methods of gRPC services, by their names.</summary>
public static class RpcMethods
{
    /// <summary>The method of this name.</summary>
    /// <exception cref="ArgumentException">The service has none.</exception>
    public static MethodDescriptor Method(this ServiceDescriptor service, string name) => service.FindMethodByName(name)
        ?? throw new ArgumentException($"{service.FullName} has no method {name}.", nameof(name));
}
