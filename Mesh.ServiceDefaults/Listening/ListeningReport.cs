using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.ServiceDefaults.Listening;

/// <summary>Says once, after the start, where the host really listens (port 0 has become a number by then).</summary>
internal sealed class ListeningReport(IServer server, IEnumerable<RawListener> raw, ILogger<ListeningReport> logger)
    : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // Two endpoints behind each port report the same address.
        foreach (var address in (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).Distinct())
        {
            if (raw.FirstOrDefault(r => r.Address.Port == new Uri(address).Port) is { } plain)
                logger.ListeningRaw(new Uri(address).Authority, plain.Purpose);
            else
                logger.Listening(address);
            if (IPAddress.TryParse(new Uri(address).DnsSafeHost, out var ip) && !IPAddress.IsLoopback(ip))
                logger.ListeningBeyondLoopback(address);
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
