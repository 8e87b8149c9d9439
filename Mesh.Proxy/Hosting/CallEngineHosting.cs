using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Configuration;
using Mesh.Proxy.Telemetry;
using Microsoft.Extensions.Options;

namespace Mesh.Proxy.Hosting;

/// <summary>Sets the call engine up as the gateway's options say.</summary>
internal static class CallEngineHosting
{
    /// <summary>Adds the engine and what it routes by.</summary>
    public static void AddCallEngine(this IServiceCollection services)
    {
        services.AddSingleton(provider => new ServiceLookup(
            provider.GetRequiredService<ConfigState>(), provider.GetRequiredService<IOptions<GatewayOptions>>().Value.LookupTimeout,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new CallEngine(
            From(provider.GetRequiredService<IOptions<GatewayOptions>>().Value), provider.GetRequiredService<GatewayMetrics>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Forwarding.Forwarding>>()));
    }

    private static CallOptions From(GatewayOptions options) => new()
    {
        MaxAttempts = options.MaxAttempts,
        AvoidFor = options.AvoidFor,
        ReplayLimit = options.ReplayLimit,
        MaxMirrors = options.MaxMirrors,
    };
}
