using Mesh.Api.Modules;
using Mesh.Api.Permissions;
using Mesh.Kernel.Modules;
using Mesh.Kernel.State;
using Mesh.Security.Api;
using Mesh.Security.Issuing;
using Mesh.Security.JoinTokens;
using Mesh.Security.Keys;
using Mesh.Security.Operations;
using Mesh.Security.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Mesh.Security;

/// <summary>
/// Identities of workloads: the certificate authority, join tokens and the deny list. What they are made of is kept beside the log, where
/// it can be erased, so the module has no part in the state.
/// </summary>
public sealed class SecurityModule : IModuleEndpoints
{
    /// <inheritdoc/>
    public string Name => "security";

    /// <inheritdoc/>
    public IModuleFold? Fold => null;

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services, IConfiguration configuration, MeshRole role)
    {
        if (role != MeshRole.Registry) return;
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
