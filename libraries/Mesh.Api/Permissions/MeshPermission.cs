using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;

namespace Mesh.Api.Permissions;

/// <summary>
/// The one way an endpoint is mapped: with a named permission. Every permission is granted for now, since every listener is on
/// loopback; the names are what later roles will speak of.
/// </summary>
public static partial class MeshPermission
{
    /// <summary>Health and metrics: asked by orchestrators that carry no identity.</summary>
    public const string HostObserve = "host.observe";

    /// <summary>Attaches <see cref="MeshPermissionMetadata"/> to an endpoint or a group.</summary>
    /// <param name="endpoint">What is mapped.</param>
    /// <param name="permission">Two or more lower-case words joined by dots, for example <c>discovery.write</c>.</param>
    /// <exception cref="ArgumentException">The name has another shape.</exception>
    public static TBuilder RequireMeshPermission<TBuilder>(this TBuilder endpoint, string permission)
        where TBuilder : IEndpointConventionBuilder
    {
        Check(permission);
        return endpoint.RequireMeshPermission(_ => permission);
    }

    /// <summary>The same where it depends on what is mapped, as on the method of a gRPC service.</summary>
    internal static TBuilder RequireMeshPermission<TBuilder>(this TBuilder endpoint, Func<EndpointBuilder, string> permissionOf)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoint.Add(built =>
        {
            var permission = permissionOf(built);
            Check(permission);
            built.Metadata.Add(new MeshPermissionMetadata(permission));
        });
        return endpoint;
    }

    private static void Check(string permission)
    {
        if (!Shape().IsMatch(permission))
            throw new ArgumentException(
                $"'{permission}' is not a permission name; write it as 'module.action', for example 'discovery.write'.",
                nameof(permission));
    }

    [GeneratedRegex("^[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+$")]
    private static partial Regex Shape();
}
