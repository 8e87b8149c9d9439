using System.Text;
using Mesh.Api.Client.Errors;
using Mesh.AppHost.Commands;
using Mesh.AppHost.Contexts;
using Mesh.AppHost.Resources;
using Mesh.AppHost.Settings;
using Mesh.Contracts.Security;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.AppHost.Running;

/// <summary>
/// Gives the mesh's own hosts identities on one machine, so that services that take mutual TLS only can be called without any preparation.
/// Each joins anew at every start, by a token that AppHost has made for it.
/// </summary>
internal static class Identities
{
    private const string TokenLifetime = "15m";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Has a host join as a service; nothing where the mesh is published.</summary>
    /// <param name="host">The host; it waits for the registry, at least by way of others.</param>
    /// <param name="local">This machine.</param>
    /// <param name="registry">Who signs.</param>
    public static IResourceBuilder<IMeshHost> WithIdentity(
        this IResourceBuilder<IMeshHost> host, LocalMachine local, IResourceBuilder<IMeshHost> registry)
    {
        if (!local.IsUsed) return host;
        var service = host.Resource.Name;
        var folder = Path.Combine(local.DataFolder, "identity", service);
        var token = Path.Combine(folder, "join.token");
        // Whoever waits for the registry waits for this too.
        registry.OnResourceReady(async (ready, evented, cancellation) =>
        {
            try
            {
                await RenewTokenAsync(ready.Url("http"), service, folder, token, cancellation);
            }
            catch (Exception failure) when (failure is MeshApiException or IOException or UnauthorizedAccessException)
            {
                var logger = evented.Services.GetRequiredService<ResourceLoggerService>().GetLogger(host.Resource);
                logger.NoToken(service, failure.Message);
            }
        });
        return host.WithEnvironment(context =>
        {
            context.EnvironmentVariables["Mesh__Identity__Folder"] = folder;
            context.EnvironmentVariables["Mesh__Identity__JoinTokenFile"] = token;
            context.EnvironmentVariables["Mesh__Identity__Registry"] = registry.Resource.Url("http");
        });
    }

    private static async Task RenewTokenAsync(string registry, string service, string folder, string file, CancellationToken cancellation)
    {
        using var client = Calls.Registry(registry);
        var token = await client.Credentials.CreateJoinTokenAsync(
            new JoinTokenBody { Service = service, Lifetime = TokenLifetime }, cancellation);
        // What is left of an earlier run may be of another authority.
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        await using var stream = new FileStream(file, options);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(token.Value.Token), cancellation);
    }
}
