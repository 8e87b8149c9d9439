using Mesh.ServiceDefaults.Listening;

namespace Mesh.Proxy.Tcp;

/// <summary>Puts the listeners of services that speak no HTTP into the host.</summary>
internal static class TcpHosting
{
    public static void AddTcpListeners(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<TcpOptions>().BindConfiguration(TcpOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<OwnPorts>();
        builder.Services.AddSingleton<TcpConnector>();
        builder.Services.AddSingleton<TcpMetrics>();
        builder.Services.AddSingleton<TcpSessions>();
        foreach (var listener in builder.Configuration.GetSection(TcpOptions.Section).Get<TcpOptions>()?.Listeners ?? [])
        {
            builder.AddRawListener(listener.Address, $"bytes for {listener.Service}",
                (services, connection) => services.GetRequiredService<TcpSessions>().ServeAsync(connection, listener.Service));
        }
    }
}
