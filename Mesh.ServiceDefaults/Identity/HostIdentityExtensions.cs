using Mesh.AspNetCore;
using Mesh.DataPlane.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.ServiceDefaults.Identity;

/// <summary>
/// Gives a host an identity where <c>Mesh__Identity__Folder</c> is set. It starts without waiting for a certificate: what is plaintext
/// works, and the rest is refused until there is one.
/// </summary>
public static class HostIdentityExtensions
{
    private const string Section = "Mesh:Identity";

    /// <summary>Whether a host has an identity, or will have one.</summary>
    public static bool HasIdentity(this IConfiguration configuration) => configuration[$"{Section}:Folder"] is { Length: > 0 };

    /// <summary>Adds it.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="namespace">The namespace of the service that it is.</param>
    /// <param name="service">The service.</param>
    /// <param name="isFixed">Whether settings cannot make it another one.</param>
    public static void AddHostIdentity(this WebApplicationBuilder builder, string @namespace, string service, bool isFixed = false)
    {
        if (!builder.Configuration.HasIdentity()) return;
        builder.Services.AddMeshIdentity(options =>
        {
            options.RequiredAtStart = false;
            if (isFixed || options.Service.Length == 0) (options.Namespace, options.Service) = (@namespace, service);
        });
        builder.Services.AddSingleton<IClientIdentity, HostIdentity>();
    }
}
