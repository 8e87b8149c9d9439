using Mesh.Proxy.Sidecar;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Mesh.Proxy.Hosting;

/// <summary>Tells the admin listener's connections from all others by the port they came in on.</summary>
internal sealed class AdminPort(IConfiguration configuration, IServer server, IHostApplicationLifetime lifetime)
{
    /// <summary>The setting that holds the port.</summary>
    public const string Variable = "MESH_ADMIN_PORT";

    /// <summary>Where it is when nothing is set.</summary>
    public const int Default = 7481;

    /// <summary>Where it is beside an application when nothing is set.</summary>
    public const int SidecarDefault = 7492;

    private int _port = Configured(configuration[Variable], SidecarHosting.IsSidecar(configuration) ? SidecarDefault : Default);

    /// <summary>Whether a request came in on it.</summary>
    public bool Is(HttpContext context) => context.Connection.LocalPort == (_port > 0 ? _port : Bound());

    private static int Configured(string? value, int none) => value switch
    {
        null or "" => none,
        _ when Uri.TryCreate(value, UriKind.Absolute, out var uri) => uri.Port,
        _ => int.TryParse(value, out var port) ? port : 0,
    };

    // Port 0 has become a number when all listeners stand; theirs is the last.
    private int Bound()
    {
        if (!lifetime.ApplicationStarted.IsCancellationRequested)
            return -1;
        return _port = new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.Last()).Port;
    }
}
