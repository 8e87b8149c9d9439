using Mesh.AspNetCore;
using Mesh.DataPlane.Transport;
using Mesh.Proxy.Sidecar;
using Mesh.Xds.Resources;

namespace Mesh.Proxy.Identity;

/// <summary>
/// Gives the proxy an identity where <c>Mesh__Identity__Folder</c> is set: a sidecar that of its service, a gateway its own. The proxy
/// starts without waiting for it: what is plaintext works, and the rest is refused until there is a certificate.
/// </summary>
internal static class IdentityHosting
{
    private const string Section = "Mesh:Identity";
    private const string Gateway = "gateway";

    /// <summary>Whether the proxy has an identity, or will have one.</summary>
    public static bool HasIdentity(IConfiguration configuration) => configuration[$"{Section}:Folder"] is { Length: > 0 };

    public static void AddProxyIdentity(this WebApplicationBuilder builder)
    {
        if (!HasIdentity(builder.Configuration))
            return;
        var (ns, service) = OwnService(builder.Configuration);
        builder.Services.AddMeshIdentity(options =>
        {
            options.RequiredAtStart = false;
            // A sidecar speaks for the service that it stands beside, and for no other.
            if (options.Service.Length > 0 && !SidecarHosting.IsSidecar(builder.Configuration))
                return;
            (options.Namespace, options.Service) = (ns, service);
        });
        builder.Services.AddSingleton<IClientIdentity, ProxyIdentity>();
    }

    private static (string Namespace, string Service) OwnService(IConfiguration configuration)
    {
        var own = SidecarHosting.IsSidecar(configuration) ? configuration[$"{SidecarOptions.Section}:Service"] : configuration["Mesh:Service"];
        return XdsNames.Parse(XdsNames.Canonical(own is { Length: > 0 } ? own : Gateway));
    }
}
