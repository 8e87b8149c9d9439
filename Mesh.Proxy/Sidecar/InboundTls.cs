using System.Net.Security;
using Mesh.AspNetCore;
using Mesh.Contracts.Security;
using Mesh.DataPlane.Configuration;
using Mesh.ServiceDefaults.Identity;
using Mesh.Xds.Resources;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

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
    private readonly string _service;
    private ConnectionDelegate? _http2;

    public InboundTls(IConfiguration configuration, string service) =>
        (_hasIdentity, _service) = (configuration.HasIdentity(), XdsNames.Canonical(service));

    /// <summary>Puts this before HTTP, of either version.</summary>
    public void UseHttp(ListenOptions options)
    {
        if (options.Protocols == HttpProtocols.Http2)
        {
            Use(options);
            options.Use(next => _http2 = next);
            return;
        }

        // Whoever can speak both gets what most applications speak: the request goes on in the version in which it came.
        Use(options, SslApplicationProtocol.Http11, SslApplicationProtocol.Http2);
        options.Use(next => connection => IsHttp2(connection) ? _http2!(connection) : next(connection));
    }

    /// <summary>Puts this before what serves bytes.</summary>
    public void UseBytes(ListenOptions options) => Use(options);

    /// <summary>
    /// Whether a request came over plaintext that is not taken any more: its connection is from before the service became strict.
    /// </summary>
    public bool IsRefused(HttpContext context, ConfigState config) =>
        ModeOf(config) == MtlsMode.Strict && context.Features.Get<ITlsConnectionFeature>() is null;

    private void Use(ListenOptions options, params IReadOnlyList<SslApplicationProtocol> protocols)
    {
        // Not before the first connection: the configuration is of a service that may not be made yet.
        var services = options.ApplicationServices;
        if (_hasIdentity)
            options.UseMeshTls(() => Takes(services), protocols);
        else
            options.Use(next => connection => ServePlaintextAsync(services, connection, next));
    }

    private Task ServePlaintextAsync(IServiceProvider services, ConnectionContext connection, ConnectionDelegate next)
    {
        if (ModeOf(Config(services)) != MtlsMode.Strict)
            return next(connection);
        connection.Abort(new ConnectionAbortedException(
            $"'{_service}' takes mutual TLS only, and its sidecar has no certificate: set Mesh__Identity__Folder."));
        return Task.CompletedTask;
    }

    private MeshTlsMode Takes(IServiceProvider services) => ModeOf(Config(services)) switch
    {
        MtlsMode.Disable => MeshTlsMode.Disable,
        MtlsMode.Permissive => MeshTlsMode.Permissive,
        _ => MeshTlsMode.Strict,
    };

    /// <summary>What the control plane says; null where it has not said anything yet.</summary>
    private MtlsMode? ModeOf(ConfigState config) => config.Snapshot.Clusters.Find(_service)?.Config.Mtls;

    private static ConfigState Config(IServiceProvider services) => services.GetRequiredService<ConfigState>();

    private static bool IsHttp2(ConnectionContext connection) =>
        connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual("h2"u8) == true;
}
