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
/// builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.UseMeshTls()));
/// </code>
/// </example>
public static class MeshTlsExtensions
{
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
    public static ListenOptions UseMeshTls(this ListenOptions listen, MeshTlsMode mode = MeshTlsMode.Strict) =>
        listen.UseMeshTls(() => mode);

    /// <summary>The same with a mode that may change: it is asked for at each connection, and holds for as long as that lives.</summary>
    /// <param name="listen">The endpoint.</param>
    /// <param name="mode">Who may connect now.</param>
    /// <param name="protocols">
    /// What is offered inside TLS (ALPN), where that is not what the endpoint speaks without: a middleware behind this one has to tell
    /// them apart.
    /// </param>
    /// <exception cref="InvalidOperationException"><see cref="AddMeshIdentity"/> was not called.</exception>
    public static ListenOptions UseMeshTls(
        this ListenOptions listen, Func<MeshTlsMode> mode, params IReadOnlyList<SslApplicationProtocol> protocols)
    {
        var services = listen.ApplicationServices;
        var identity = services.GetService<MeshIdentity>()
            ?? throw new InvalidOperationException("UseMeshTls needs services.AddMeshIdentity().");
        var metrics = services.GetRequiredService<MeshTlsMetrics>();
        var sorting = new MeshTlsSorting(mode, metrics, services.GetRequiredService<TimeProvider>());
        ConnectionDelegate? plain = null;
        listen.Use(next => connection => sorting.RunAsync(connection, next, plain!));
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(Handshake(identity, metrics, protocols)),
        });
        // What stands behind TLS is reached without it from here.
        listen.Use(next => plain = next);
        return listen;
    }

    /// <summary>The SPIFFE id of who has sent a request; null where it came without a certificate of the mesh.</summary>
    /// <param name="context">The request.</param>
    public static string? GetPeerSpiffeId(this HttpContext context) =>
        context.Connection.ClientCertificate is { } certificate ? SpiffeName.In(certificate) : null;

    private static SslServerAuthenticationOptions Handshake(
        MeshIdentity identity, MeshTlsMetrics metrics, IReadOnlyList<SslApplicationProtocol> protocols)
    {
        if (identity.Tls is not { } tls)
        {
            metrics.Refused("no-own-certificate");
            throw new AuthenticationException("This program has no certificate of the mesh yet.");
        }

        var options = tls.ServerOptions(fault =>
        {
            if (fault is null) metrics.Accepted();
            else metrics.Refused(fault);
        });
        if (protocols.Count > 0) options.ApplicationProtocols = [.. protocols];
        return options;
    }

    private sealed class OptionsCheck : IValidateOptions<MeshIdentityOptions>
    {
        public ValidateOptionsResult Validate(string? name, MeshIdentityOptions options) =>
            options.Faults().ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
