using System.Net.Security;
using Mesh.AspNetCore;
using Mesh.Contracts.Security;
using Mesh.DataPlane.Configuration;
using Mesh.ServiceDefaults.Identity;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Sidecar;

/// <summary>
/// Takes connections to the application as its service's mode of mutual TLS says: TLS and plaintext alike on the one inbound port. Flow
/// step 9.
/// </summary>
/// <remarks>
/// A sidecar with an identity takes no plaintext before it knows the mode, and one without takes none where the mode is strict.
/// </remarks>
internal sealed class InboundTls
{
    private readonly bool _hasIdentity;
    private ConnectionDelegate? _http2;

    public InboundTls(IConfiguration configuration) => _hasIdentity = configuration.HasIdentity();

    /// <summary>Puts this before HTTP, of either version.</summary>
    public void UseHttp(ListenOptions options)
    {
        if (options.Protocols == HttpProtocols.Http2)
        {
            Use(options);
            options.Use(next => _http2 = next);
            return;
        }

        Use(options, SslApplicationProtocol.Http2, SslApplicationProtocol.Http11);
        options.Use(next => connection => IsHttp2(connection) ? _http2!(connection) : next(connection));
    }

    /// <summary>Puts this before what serves bytes.</summary>
    public void UseBytes(ListenOptions options) => Use(options);

    private void Use(ListenOptions options, params IReadOnlyList<SslApplicationProtocol> protocols)
    {
        var services = options.ApplicationServices;
        var service = XdsNames.Canonical(services.GetRequiredService<IOptions<SidecarOptions>>().Value.Service);
        // Not before the first connection: the configuration comes from a service that may not be made yet.
        if (_hasIdentity)
            options.UseMeshTls(() => ModeOf(services.GetRequiredService<ConfigState>(), service), protocols);
        else
            options.Use(next => connection => ServePlaintextAsync(services.GetRequiredService<ConfigState>(), service, connection, next));
    }

    private static Task ServePlaintextAsync(ConfigState config, string service, ConnectionContext connection, ConnectionDelegate next)
    {
        if (config.Snapshot.Clusters.Find(service)?.Config.Mtls != MtlsMode.Strict)
            return next(connection);
        connection.Abort(new ConnectionAbortedException(
            $"'{service}' takes mutual TLS only, and its sidecar has no certificate: set Mesh__Identity__Folder."));
        return Task.CompletedTask;
    }

    private static MeshTlsMode ModeOf(ConfigState config, string service) => config.Snapshot.Clusters.Find(service)?.Config.Mtls switch
    {
        MtlsMode.Disable => MeshTlsMode.Disable,
        MtlsMode.Permissive => MeshTlsMode.Permissive,
        _ => MeshTlsMode.Strict,
    };

    private static bool IsHttp2(ConnectionContext connection) =>
        connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual("h2"u8) == true;
}
