using System.Net.Security;
using System.Security.Authentication;
using Mesh.Identity;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Mesh.AspNetCore;

/// <summary>Mutual TLS of the mesh for an ASP.NET Core server.</summary>
/// <example>
/// <code>
/// builder.Services.AddMeshIdentity();
/// builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(8443, listen => listen.UseMeshTls()));
/// </code>
/// </example>
public static class MeshTlsExtensions
{
    private const byte HandshakeRecord = 22;

    /// <summary>Gives the program an identity, bound to <c>Mesh:Identity</c>: it joins at the start, and renews while it runs.</summary>
    /// <param name="services">Of the program.</param>
    /// <param name="configure">Sets what the configuration does not.</param>
    public static IServiceCollection AddMeshIdentity(this IServiceCollection services, Action<MeshIdentityOptions>? configure = null)
    {
        var options = services.AddOptions<MeshIdentityOptions>().BindConfiguration("Mesh:Identity").ValidateOnStart();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MeshIdentityOptions>, OptionsCheck>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<MeshTlsMetrics>();
        services.TryAddSingleton<MeshIdentity>();
        services.TryAddSingleton<IMeshIdentity>(provider => provider.GetRequiredService<MeshIdentity>());
        services.AddHostedService(provider => provider.GetRequiredService<MeshIdentity>());
        return services;
    }

    /// <summary>
    /// Takes connections of workloads of the mesh alone: TLS 1.3 or 1.2, with a certificate that the mesh's roots vouch for. Needs
    /// <see cref="AddMeshIdentity"/>. Sessions are not resumed, so that each connection shows a certificate that is valid now.
    /// </summary>
    /// <param name="listen">The endpoint.</param>
    /// <param name="mode">Who may connect.</param>
    /// <exception cref="InvalidOperationException"><see cref="AddMeshIdentity"/> was not called.</exception>
    public static ListenOptions UseMeshTls(this ListenOptions listen, MeshTlsMode mode = MeshTlsMode.Strict)
    {
        var services = listen.ApplicationServices;
        var identity = services.GetService<MeshIdentity>()
            ?? throw new InvalidOperationException("UseMeshTls needs services.AddMeshIdentity().");
        var metrics = services.GetRequiredService<MeshTlsMetrics>();
        ConnectionDelegate? plain = null;
        listen.Use(next => connection => SortAsync(connection, mode, metrics, next, plain!));
        listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(Handshake(identity, metrics)) });
        // What stands behind TLS is reached without it from here.
        listen.Use(next => plain = next);
        return listen;
    }

    /// <summary>The SPIFFE id of who has sent a request; null where it came without a certificate of the mesh.</summary>
    /// <param name="context">The request.</param>
    public static string? GetPeerSpiffeId(this HttpContext context) =>
        context.Connection.ClientCertificate is { } certificate ? SpiffeName.In(certificate) : null;

    private static SslServerAuthenticationOptions Handshake(MeshIdentity identity, MeshTlsMetrics metrics)
    {
        var tls = identity.Tls ?? throw new AuthenticationException("This program has no certificate of the mesh yet.");
        return tls.ServerOptions(fault =>
        {
            if (fault is null) metrics.Accepted();
            else metrics.Refused(fault);
        });
    }

    private static async Task SortAsync(
        ConnectionContext connection, MeshTlsMode mode, MeshTlsMetrics metrics, ConnectionDelegate tls, ConnectionDelegate plain)
    {
        var input = connection.Transport.Input;
        var read = await input.ReadAsync(connection.ConnectionClosed).ConfigureAwait(false);
        var isTls = !read.Buffer.IsEmpty && read.Buffer.FirstSpan[0] == HandshakeRecord;
        var isEmpty = read.Buffer.IsEmpty;
        input.AdvanceTo(read.Buffer.Start);
        if (isEmpty) return;
        if (isTls)
        {
            await tls(connection).ConfigureAwait(false);
            return;
        }

        if (mode == MeshTlsMode.Strict)
        {
            metrics.Refused("plaintext");
            connection.Abort(new ConnectionAbortedException("This endpoint takes TLS of the mesh only."));
            return;
        }

        metrics.Plaintext();
        await plain(connection).ConfigureAwait(false);
    }

    private sealed class OptionsCheck : IValidateOptions<MeshIdentityOptions>
    {
        public ValidateOptionsResult Validate(string? name, MeshIdentityOptions options) =>
            options.Faults().ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
