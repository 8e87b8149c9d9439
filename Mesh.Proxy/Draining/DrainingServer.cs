using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Draining;

/// <summary>The web server, which shuts down in the order that <see cref="Drain"/> says.</summary>
internal sealed class DrainingServer(IServer server, Drain drain) : IServer
{
    public IFeatureCollection Features => server.Features;

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken) where TContext : notnull
    {
        drain.Watch();
        return server.StartAsync(application, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => drain.EndAsync(server.StopAsync, cancellationToken);

    public void Dispose() => server.Dispose();
}

/// <summary>Puts draining in front of the server.</summary>
internal static class DrainingServices
{
    // Beyond what draining takes itself: the host's last word, should something hang.
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(10);

    public static void AddDraining(this IServiceCollection services)
    {
        services.AddOptions<DrainOptions>().BindConfiguration(DrainOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<HostOptions>().Configure<IOptions<DrainOptions>>(
            (host, drain) => host.ShutdownTimeout = drain.Value.Delay + drain.Value.Limit + Reserve);
        services.AddSingleton<Drain>();
        var web = services.Last(service => service.ServiceType == typeof(IServer));
        services.Remove(web);
        services.AddSingleton<IServer>(provider => new DrainingServer(Made(web, provider), provider.GetRequiredService<Drain>()));
    }

    private static IServer Made(ServiceDescriptor server, IServiceProvider provider) => (IServer)(
        server.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, server.ImplementationType!));
}
