using Mesh.Api.Modules;
using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Kernel.Modules;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Security.Api;
using Mesh.Security.Issuing;
using Mesh.Security.JoinTokens;
using Mesh.Security.Keys;
using Mesh.Security.Mtls;
using Mesh.Security.Operations;
using Mesh.Security.Rpc;
using Mesh.Security.State;
using Mesh.Security.Xds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Mesh.Security;

/// <summary>
/// Identities of workloads and mutual TLS between them. The certificate authority, join tokens and the deny list are kept beside the log,
/// where they can be erased; the mutual TLS modes are intent, and so in the log and the state.
/// </summary>
public sealed class SecurityModule : IModuleEndpoints
{
    /// <inheritdoc/>
    public string Name => "security";

    /// <inheritdoc/>
    public IModuleFold Fold { get; } = new SecurityFold();

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services, IConfiguration configuration, MeshRole role)
    {
        services.TryAddSingleton<StateReads>();
        services.TryAddSingleton<MtlsReading>();
        if (role == MeshRole.ControlPlane)
        {
            services.AddSingleton<IXdsContributor, MtlsXdsContributor>();
            services.AddSingleton<IClientGaps, MtlsGaps>();
        }

        if (role != MeshRole.Registry) return;
        services.TryAddSingleton<WatchGate>();
        services.TryAddSingleton<LongPoll>();
        services.AddOptions<SecurityOptions>().BindConfiguration("Mesh:Security").ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SecurityOptions>, SecurityOptionsCheck>());
        services.AddSingleton<KeyVaults>();
        services.AddSingleton<CertificateAuthority>();
        services.AddSingleton<JoinTokenBook>();
        services.AddSingleton<CertificateIssuer>();
        services.AddSingleton<AuthorityOperations>();
        services.AddSingleton<CredentialOperations>();
        services.AddSingleton<CertificateOperations>();
        services.AddSingleton<SecurityMetrics>();
        services.AddSingleton<SecurityEndpoints>();
        services.AddSingleton<MtlsRequests>();
        services.AddSingleton<MtlsEndpoints>();
        services.AddSingleton<MtlsRpc>();
        services.AddSingleton<SecurityRpc>();
        services.AddSingleton<CertificatesRpc>();
        services.AddHostedService<AuthorityUpkeep>();
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints, MeshRole role)
    {
        switch (role)
        {
            case MeshRole.Registry:
                endpoints.ServiceProvider.GetRequiredService<SecurityEndpoints>().Map(endpoints);
                endpoints.ServiceProvider.GetRequiredService<MtlsEndpoints>().Map(endpoints);
                endpoints.MapGrpcService<SecurityRpc>(SecurityEndpoints.Permissions);
                endpoints.MapGrpcService<CertificatesRpc>(SecurityEndpoints.Signing);
                break;
            case MeshRole.ControlPlane:
                endpoints.MapGrpcService<SecurityFacade>(SecurityEndpoints.Permissions);
                endpoints.MapGrpcService<CertificatesFacade>(SecurityEndpoints.Signing);
                break;
        }
    }

    private sealed class SecurityOptionsCheck : IValidateOptions<SecurityOptions>
    {
        public ValidateOptionsResult Validate(string? name, SecurityOptions options) =>
            options.Faults().ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
