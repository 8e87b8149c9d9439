using System.Net;
using Mesh.Kernel.Settings;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.ServiceDefaults.Guarding;

/// <summary>Guards the listeners of a host. <see cref="Listening.MeshListeners"/> does it for all that it opens.</summary>
public static class Guards
{
    /// <summary>Adds the guard; again changes nothing.</summary>
    /// <exception cref="SettingException">A setting is wrong.</exception>
    public static void AddWebPageGuard(this IServiceCollection services, IConfiguration configuration)
    {
        if (services.Any(service => service.ServiceType == typeof(WebPageRules))) return;
        services.AddSingleton(new WebPageRules(GuardSettings.From(configuration)));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, WebPageGuard>());
    }

    /// <summary>Tells the guard what a listener is for.</summary>
    /// <param name="options">The listener.</param>
    /// <param name="address">Where it is bound.</param>
    /// <param name="use">What for.</param>
    public static void Guard(this ListenOptions options, IPAddress address, ListenerUse use)
    {
        var listener = new GuardedListener(use, IPAddress.IsLoopback(address));
        options.Use(next => connection =>
        {
            connection.Features.Set(listener);
            return next(connection);
        });
    }
}
